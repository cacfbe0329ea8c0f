"use strict";
// Colours of the points, the legend that explains them, and the filters that it sets.

// Okabe & Ito's colours without yellow, and four more; told apart by the colour-blind as far as
// twelve can be.
const CATEGORY_COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00",
  "#7a4fbf", "#8c6d31", "#17a2a2", "#b5485d", "#7f9f2f"];
const OTHERS = "#8d9399", LEVELS = 256, TAIL = .02, BINS = 60;

function isDark() { return window.matchMedia("(prefers-color-scheme: dark)").matches; }

function rgb(hex) {
  return [1, 3, 5].map(function (at) { return parseInt(hex.slice(at, at + 2), 16); });
}

// Gives LEVELS colours of the ramp; the greatest value stands out from the background. On a dark
// one the two darkest colours would not be seen.
function rampColours(ramp) {
  const stops = (isDark() ? ramp.slice(2) : ramp.slice().reverse()).map(rgb), made = [];
  for (let level = 0; level < LEVELS; level++) {
    const at = level / (LEVELS - 1) * (stops.length - 1), i = Math.min(Math.floor(at),
      stops.length - 2);
    made.push(stops[i].map(function (value, channel) {
      return Math.round(value + (stops[i + 1][channel] - value) * (at - i));
    }));
  }
  return made;
}

function quantile(sorted, share) {
  const at = share * (sorted.length - 1), i = Math.floor(at);
  return sorted[i] + (sorted[Math.min(i + 1, sorted.length - 1)] - sorted[i]) * (at - i);
}

// A scale of numbers: codes into colours, the last of which is that of unknown values.
function numberScale(values, ramp) {
  const known = values.filter(function (value) { return value === value; }).sort();
  const low = known.length ? quantile(known, TAIL) : 0, high = known.length ?
    quantile(known, 1 - TAIL) : 1;
  const codes = new Uint16Array(values.length), step = (LEVELS - 1) / ((high - low) || 1);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    codes[i] = value === value ?
      Math.max(0, Math.min(LEVELS - 1, Math.round((value - low) * step))) : LEVELS;
  }
  return {codes, colours: rampColours(ramp).concat([rgb(OTHERS)]), low, high,
    least: known.length ? known[0] : 0, most: known.length ? known[known.length - 1] : 1, known};
}

// Lightens a dark colour on a dark background.
function visibleColour(hex) {
  const own = rgb(hex), light = .3 * own[0] + .59 * own[1] + .11 * own[2];
  return isDark() && light < 70 ? own.map(function (value) {
    return Math.round(value + (255 - value) * .35);
  }) : own;
}

// A scale of categories: the most frequent ones have colours of their own.
function categoryScale(values, categories) {
  const counts = new Array(categories.length).fill(0);
  values.forEach(function (value) { counts[value]++; });
  const order = counts.map(function (count, code) { return code; }).filter(function (code) {
    return counts[code];
  }).sort(function (a, b) { return counts[b] - counts[a] || a - b; });
  const colours = categories.map(function () { return OTHERS; });
  order.slice(0, CATEGORY_COLOURS.length).forEach(function (code, rank) {
    colours[code] = categories[code][1] || CATEGORY_COLOURS[rank];
  });
  return {codes: values, colours: colours.map(visibleColour), counts, order};
}

// The legend. Calls changed() after a filter was set.
function makeLegend(root, data, changed) {
  const filters = new Map();  // place of a column -> {low, high} or {hidden: Set}

  // Gives the colours of the points by a column, and shows its legend.
  function show(place, values) {
    const column = data.about.columns[place];
    const scale = column.categories ? categoryScale(values, column.categories) :
      numberScale(values, data.about.ramp);
    root.replaceChildren(...(column.categories ? categoryParts(place, column, scale) :
      numberParts(place, scale)));
    root.append(element("p", {class: "note"}, ...others(place), column.note ?
      column.name + ": " + column.note + "." : column.name));
    return scale;
  }

  // Buttons that remove the filters of other columns.
  function others(place) {
    return Array.from(filters.keys()).filter(function (key) { return key !== place; }).map(
      function (key) {
        return element("button", {type: "button", onclick: function () {
          filters.delete(key);
          changed();
        }}, "all of " + data.about.columns[key].name);
      });
  }

  function numberParts(place, scale) {
    const canvas = element("canvas", {width: 480, height: 68, "aria-hidden": "true"});
    const span = (scale.most - scale.least) || 1, filter = filters.get(place);
    drawHistogram(canvas, scale, span);
    function range(end, label) {
      const at = filter ? (filter[end] - scale.least) / span * 1000 : end === "low" ? 0 : 1000;
      const made = element("input", {type: "range", min: 0, max: 1000, value: Math.round(at),
        "aria-label": label});
      made.addEventListener("input", moved);
      return made;
    }
    const low = range("low", "least value shown"), high = range("high", "greatest value shown");
    const lowText = element("span", {}), highText = element("span", {});
    function values() {
      const ends = [low, high].map(function (one) { return +one.value; }).sort(
        function (a, b) { return a - b; });
      return [ends[0] === 0 ? -Infinity : scale.least + span * ends[0] / 1000,
        ends[1] === 1000 ? Infinity : scale.least + span * ends[1] / 1000];
    }
    function label() {
      const ends = values();
      lowText.textContent = asText(Math.max(ends[0], scale.least));
      highText.textContent = asText(Math.min(ends[1], scale.most));
    }
    function moved() {
      const ends = values();
      if (ends[0] === -Infinity && ends[1] === Infinity) { filters.delete(place); }
      else { filters.set(place, {low: ends[0], high: ends[1]}); }
      label();
      changed(true);
    }
    label();
    return [element("div", {class: "ramp"}, lowText, canvas, highText,
      element("div", {class: "ranges"}, low, high))];
  }

  function drawHistogram(canvas, scale, span) {
    const context = canvas.getContext("2d"), counts = new Array(BINS).fill(0);
    scale.known.forEach(function (value) {
      counts[Math.min(BINS - 1, Math.floor((value - scale.least) / span * BINS))]++;
    });
    const most = Math.max(...counts, 1), width = canvas.width / BINS, height = canvas.height - 14;
    counts.forEach(function (count, bin) {
      const value = scale.least + (bin + .5) / BINS * span;
      const level = Math.round((value - scale.low) / ((scale.high - scale.low) || 1) * 255);
      context.fillStyle = "rgb(" + scale.colours[Math.max(0, Math.min(255, level))].join() + ")";
      const size = count ? Math.max(2, count / most * height) : 0;
      context.fillRect(bin * width, height - size, width - 1, size);
      context.fillRect(bin * width, height + 4, width + .5, 10);
    });
  }

  function categoryParts(place, column, scale) {
    const shown = scale.order.slice(0, CATEGORY_COLOURS.length);
    const rest = scale.order.slice(CATEGORY_COLOURS.length);
    const rows = shown.map(function (code) {
      return [[code], column.categories[code][0], scale.colours[code], scale.counts[code]];
    });
    if (rest.length) {
      rows.push([rest, rest.length + " others", rgb(OTHERS), rest.reduce(function (sum, code) {
        return sum + scale.counts[code];
      }, 0)]);
    }
    return rows.map(function (row) { return categoryButton(place, ...row); });
  }

  function categoryButton(place, codes, name, colour, count) {
    const filter = filters.get(place), hidden = filter && filter.hidden.has(codes[0]);
    const chip = element("i", {class: "chip"});
    chip.style.background = "rgb(" + colour.join() + ")";
    return element("button", {type: "button", class: "class", "aria-pressed": String(!hidden),
      title: "show or hide", onclick: function (event) {
        toggle(place, codes);
        event.currentTarget.setAttribute("aria-pressed", String(
          !(filters.get(place) && filters.get(place).hidden.has(codes[0]))));
        changed(true);
      }}, chip, name + " " + count);
  }

  function toggle(place, codes) {
    const hidden = filters.has(place) ? filters.get(place).hidden : new Set();
    codes.forEach(function (code) {
      if (!hidden.delete(code)) { hidden.add(code); }
    });
    if (hidden.size) { filters.set(place, {hidden}); } else { filters.delete(place); }
  }

  // Gives a promise of a byte for each image: 1 where all filters let it pass.
  async function visible(seed) {
    const made = new Uint8Array(data.about.count).fill(1);
    for (const [place, filter] of filters) {
      const values = await data.column(place, seed);
      for (let i = 0; i < made.length; i++) {
        if (filter.hidden ? filter.hidden.has(values[i]) :
          !(values[i] >= filter.low && values[i] <= filter.high)) { made[i] = 0; }
      }
    }
    return made;
  }

  function clear() {
    filters.clear();
    changed();
  }

  return {show, visible, clear, filters};
}
