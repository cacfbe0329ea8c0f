"use strict";
// One image: what is told of it beside the mouse, and in the side panel with its nearest images.

const MOST_SIMILAR = 24;

function figureOf(address, caption, name) {
  const image = element("img", {alt: caption + " of " + name});
  if (address) { image.src = address; } else { image.hidden = true; }
  return element("figure", {}, image, element("figcaption", {}, caption));
}

// Gives a promise of the pictures of an image: itself, its truth, and predictions of the seeds.
async function picturesOf(data, index, seeds) {
  const name = data.about.names[index], kinds = [["thumbnails", "image"], ["labels", "truth"]];
  seeds.forEach(function (seed) {
    kinds.push(["predictions" + seed, seeds.length > 1 || data.about.seeds.length > 1 ?
      "prediction, " + data.about.seeds[seed] : "prediction"]);
  });
  const shown = kinds.filter(function (kind) { return data.about.pictures.includes(kind[0]); });
  const found = await Promise.all(shown.map(function (kind) {
    return data.picture(kind[0], index).catch(function () { return ""; });
  }));
  return element("div", {class: "pictures"}, ...shown.map(function (kind, place) {
    return figureOf(found[place], kind[1], name);
  }));
}

// Gives a promise of the line "loss .52, IoU .61, brightness .4" of an image.
async function valuesOf(data, index, seed, place) {
  const places = [data.placeOf("loss"), data.placeOf("IoU"), place].filter(
    function (one, at, all) { return one >= 0 && all.indexOf(one) === at; });
  const texts = await Promise.all(places.map(async function (one) {
    const column = data.about.columns[one], value = (await data.column(one, seed))[index];
    return column.name + " " + (column.categories ? column.categories[value][0] : asText(value));
  }));
  return texts.join(", ");
}

// The card beside the mouse.
function makeCard(root, stage, data) {
  let current = -1;

  async function show(index, at, seed, place) {
    current = index;
    if (index < 0) {
      root.hidden = true;
      return "";
    }
    const found = await Promise.all([picturesOf(data, index, [Math.max(seed, 0)]),
      valuesOf(data, index, seed, place)]);
    if (current !== index) { return ""; }
    root.replaceChildren(found[0], element("div", {class: "name"}, data.about.names[index]),
      element("div", {class: "values"}, found[1]));
    root.dataset.point = index;
    root.hidden = false;
    move(at);
    return data.about.names[index] + ", " + found[1];
  }

  // Puts the card beside a point, on the side that has room.
  function move(at) {
    const wide = root.offsetWidth, high = root.offsetHeight, gap = 16;
    const left = at[0] + gap + wide < stage.clientWidth ? at[0] + gap : at[0] - gap - wide;
    const top = Math.min(at[1] - high / 2, stage.clientHeight - high - 4);
    root.style.left = Math.max(4, left) + "px";
    root.style.top = Math.max(4, top) + "px";
  }

  return {show};
}

// The side panel of an image, or of what is like a selection.
// on: {pick(index), over(index), around(indices), close()}.
function makeImagePanel(root, data, similar, on) {
  let asked = 0, heats = true;

  function empty() {
    asked++;
    root.replaceChildren(element("p", {class: "note"},
      "Click a point, or find an image by its name, to see it and the images nearest to it."));
  }

  async function tableOf(index) {
    const places = [data.placeOf("loss"), data.placeOf("IoU")].filter(
      function (one) { return one >= 0; });
    const rows = await Promise.all(data.about.seeds.map(async function (name, seed) {
      const cells = await Promise.all(places.map(async function (one) {
        return element("td", {class: "number"}, asText((await data.column(one, seed))[index]));
      }));
      return element("tr", {}, element("td", {}, name), ...cells);
    }));
    const heads = places.map(function (one) {
      return element("th", {class: "number", scope: "col"}, data.about.columns[one].name);
    });
    return element("table", {}, element("thead", {}, element("tr", {},
      element("th", {scope: "col"}, "run"), ...heads)), element("tbody", {}, ...rows));
  }

  async function show(index, seed) {
    const now = ++asked, name = data.about.names[index];
    const seeds = seed < 0 ? data.about.seeds.map(function (one, place) { return place; }) : [seed];
    const found = await Promise.all([tableOf(index), similarPart([index], seed, "Nearest images")]);
    if (now !== asked) { return; }
    const place = element("div", {class: "pictures"});
    root.replaceChildren(headOf(name), place, ...found);
    picturesOf(data, index, seeds).then(function (pictures) { place.replaceWith(pictures); });
  }

  async function showLike(indices, seed) {
    const now = ++asked;
    const part = await similarPart(indices, seed, "Nearest to the selection");
    if (now !== asked) { return; }
    root.replaceChildren(headOf("Like the selection"), part);
  }

  function headOf(text) {
    return element("div", {class: "head"}, element("h3", {class: "name"}, text),
      element("button", {type: "button", class: "quiet", onclick: on.close}, "close"));
  }

  // The nearest images with their similarities, and heat maps that sum to them.
  async function similarPart(indices, seed, title) {
    const found = await similar.query(indices, seed, MOST_SIMILAR);
    on.around(found.indices);
    const box = similar.hasCells ? await data.numbers("box", Float32Array) : null;
    let most = null;
    async function overlay(canvas, index) {
      most = most || scaleOf(found);
      drawHeat(canvas, await similar.heat(index, found.parts), data.about,
        box.subarray(4 * index, 4 * index + 4), await most);
    }
    const grid = makeGrid(data, found.indices, found.similarity.map(function (value) {
      return value.toFixed(2);
    }), on, similar.hasCells && heats ? overlay : null);
    const parts = [element("h3", {}, title), grid, noteOf()];
    if (similar.hasCells) { parts.splice(1, 0, heatSwitch(indices, seed, title)); }
    return element("div", {class: "similar"}, ...parts);
  }

  function noteOf() {
    return element("p", {class: "note"}, "Cosine of the centred features" +
      (data.about.seeds.length > 1 ? ", mean over the runs that are shown" : "") +
      (similar.hasCells ? ". Heat maps: each cell's part, orange for and blue against; the cells " +
        "of an image sum to its similarity." : "."));
  }

  function heatSwitch(indices, seed, title) {
    const box = element("input", {type: "checkbox", id: "heats"});
    box.checked = heats;
    box.addEventListener("change", async function () {
      heats = box.checked;
      const old = root.querySelector(".similar");
      old.replaceWith(await similarPart(indices, seed, title));
    });
    return element("label", {class: "values"}, box, " heat maps");
  }

  // The value of full colour: the greatest part of a cell among the nearest images.
  async function scaleOf(found) {
    let most = 1e-9;
    for (const index of found.indices) {
      (await similar.heat(index, found.parts)).forEach(function (value) {
        most = Math.max(most, Math.abs(value));
      });
    }
    return most;
  }

  empty();
  return {show, showLike, empty};
}
