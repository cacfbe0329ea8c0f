"use strict";
// Brings the page's parts together. explorePage is for tests: {ready, map, ..}.
const explorePage = {ready: null};

function byId(id) { return document.getElementById(id); }

async function startPage() {
  const told = byId("told"), stage = byId("stage"), marks = byId("marks");
  function problem(text) {
    byId("problem").textContent = text;
    byId("problem").hidden = false;
  }
  if (typeof DecompressionStream === "undefined") {
    return problem("The map needs a browser of 2023 or later.");
  }
  const data = makeData(problem), packed = await data.numbers("coordinates", Uint16Array);
  const points = Float32Array.from(packed, function (value) { return value / 65535; });
  const now = {place: 0, seed: -1, image: -1, like: null};
  const map = makeMap(stage, byId("points"), marks, points, function () { moveCard(); });
  const card = makeCard(byId("card"), stage, data), similar = makeSimilar(data);
  const legend = makeLegend(byId("legend"), data, function (keep) { return refresh(keep); });
  const say = function (text) { told.textContent = text; };

  const selection = makeSelection(byId("selection"), data, {pick, over, clear,
    like: function (indices) {
      now.like = indices.slice();
      now.image = -1;
      map.state.focused = -1;
      panel.showLike(now.like, now.seed);
    }});
  const panel = makeImagePanel(byId("image"), data, similar, {pick, over, close,
    around: function (indices) {
      map.state.around = indices;
      map.mark();
    }});
  const gestures = makeGestures(marks, map, {pick, clear, hover: showCard,
    lasso: function (found, adds) { selection.set(found, adds); selected(); },
    toggle: function (index) { selection.toggle(index); selected(); }});

  async function showCard(index) {
    const text = await card.show(index, index < 0 ? null : map.toScreen(index), now.seed,
      now.place);
    if (text && document.activeElement === marks) { say(text); }
  }

  function moveCard() {
    if (map.state.hovered >= 0 && !byId("card").hidden) { showCard(map.state.hovered); }
  }

  function over(index) {
    map.state.hovered = index;
    map.mark();
  }

  // Shows an image and its nearest; -1 leaves all as it is.
  function pick(index) {
    if (index < 0) { return Promise.resolve(); }
    now.image = index;
    now.like = null;
    map.state.focused = index;
    map.centre(index);
    say(data.about.names[index] + " and its nearest images");
    return panel.show(index, now.seed);
  }

  function close() {
    now.image = -1;
    now.like = null;
    map.state.focused = -1;
    map.state.around = [];
    map.mark();
    panel.empty();
  }

  function selected() {
    map.state.selected = selection.chosen();
    map.draw();
    say(selection.indices().length + " images selected");
    return selection.show(now.seed);
  }

  function clear() {
    selection.clear();
    close();
    return selected();
  }

  // Colours and filters anew. keep: the legend stays as it is, as its own filter has changed.
  async function refresh(keep) {
    if (!keep) {
      const scale = legend.show(now.place, await data.column(now.place, now.seed));
      map.state.codes = scale.codes;
      map.state.colours = scale.colours;
    }
    map.state.visible = await legend.visible(now.seed);
    const shown = map.state.visible.reduce(function (sum, one) { return sum + one; }, 0);
    if (legend.filters.size) { say(shown + " of " + map.count + " images pass the filters"); }
    map.recolour();
  }

  function changeSeed(seed) {
    now.seed = seed;
    if (now.image >= 0) { panel.show(now.image, seed); }
    if (now.like) { panel.showLike(now.like, seed); }
    selection.show(seed);
    return refresh();
  }

  function setMode(name) {
    gestures.setMode(name);
    ["move", "lasso"].forEach(function (one) {
      byId(one).setAttribute("aria-pressed", String(one === name));
    });
  }

  function find() {
    const wanted = byId("find").value.trim().toLowerCase();
    const index = wanted ? data.about.names.findIndex(function (name) {
      return name.toLowerCase().includes(wanted);
    }) : -1;
    if (wanted) { say(index < 0 ? "no image has " + wanted + " in its name" : ""); }
    byId("find").setAttribute("aria-invalid", String(Boolean(wanted) && index < 0));
    return pick(index);
  }

  function zoomBy(factor) {
    const size = map.size();
    map.zoom(factor, size[0] / 2, size[1] / 2);
  }

  byId("column").addEventListener("change", function (event) {
    now.place = +event.target.value;
    refresh();
  });
  if (byId("seed")) {
    byId("seed").addEventListener("change", function (event) { changeSeed(+event.target.value); });
  }
  byId("move").addEventListener("click", function () { setMode("move"); });
  byId("lasso").addEventListener("click", function () { setMode("lasso"); });
  byId("closer").addEventListener("click", function () { zoomBy(ZOOM); });
  byId("farther").addEventListener("click", function () { zoomBy(1 / ZOOM); });
  byId("whole").addEventListener("click", map.whole);
  byId("find").addEventListener("change", find);
  document.querySelectorAll(".pick[data-point]").forEach(function (button) {
    button.addEventListener("click", function () {
      pick(+button.dataset.point);
      stage.scrollIntoView({block: "center"});
    });
  });
  new ResizeObserver(map.resize).observe(stage);
  window.addEventListener("resize", map.resize);  // a zoom of the page changes the pixels' size
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", function () {
    refresh();
  });
  map.resize();
  await refresh();
  await selection.show(now.seed);
  Object.assign(explorePage, {data, map, selection, similar, pick, changeSeed, now});
}

explorePage.ready = startPage().then(function () { return true; });
