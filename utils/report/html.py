def write_html(study, path): pass
