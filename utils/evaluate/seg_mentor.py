"""Run folders of seg-mentor (github.com/hailotech/seg-mentor), tested as they are. No TensorFlow."""
_ENCODER_SCOPE = "base_fe_scope/"
_DECODER_SCOPE = "decoder/"


def is_seg_mentor(runargs):
    """Whether seg-mentor wrote these runargs: its runs name the classes there."""
    return "clabel2cname" in runargs


def map_runargs(runargs):
    """Its runargs as ours: its upsampling was a transposed convolution."""
    return dict(runargs, align="transposed", pixels=str(runargs["pixels"]))


def checkpoint_name(variable_name):
    """The name in its checkpoint of a variable of ours."""
    if variable_name.startswith(_DECODER_SCOPE):
        return variable_name[len(_DECODER_SCOPE):]
    return _ENCODER_SCOPE + variable_name


def classes(runargs):
    """(class names, palette) of the classes that the net has."""
    count = int(runargs["num_classes"])
    names = tuple(runargs["clabel2cname"][str(index)] for index in range(count))
    return names, tuple(tuple(runargs["od_class2color"][name]) for name in names)


def note(path):
    """What was mapped, in one line."""
    return ("{}: a run of seg-mentor; mapped its variables base_fe_scope/* to the encoder and the others "
            "to decoder/*, its upsampling to --align=transposed".format(path))
