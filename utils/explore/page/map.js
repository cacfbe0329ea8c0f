"use strict";
// The map: discs blended into the pixels of a canvas from a mask, without WebGL; above it a second
// canvas for what changes with the mouse.

const MARGIN = 26, NEAR_MOUSE = 12, NEAR_TOUCH = 24, CLICK = 4, ZOOM = 1.4, CLOSEST = 400;

// What a disc covers of each pixel: {size, cover}, cover in 0..256.
function discMask(radius) {
  const half = Math.ceil(radius), size = 2 * half + 1, cover = new Uint16Array(size * size);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const beyond = Math.hypot(x - half, y - half) - radius;
      cover[y * size + x] = Math.round(256 * Math.max(0, Math.min(1, .5 - beyond)));
    }
  }
  return {half, size, cover};
}

// Whether a point lies in a polygon [[x, y]], by the even-odd rule.
function inside(polygon, x, y) {
  let found = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const a = polygon[i], b = polygon[j];
    if ((a[1] > y) !== (b[1] > y) &&
        x < (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1]) + a[0]) { found = !found; }
  }
  return found;
}

// Makes the map of points [x0, y0, x1, y1, ..] in 0..1.
// moved() is called after each drawing.
function makeMap(stage, below, above, points, moved) {
  const count = points.length / 2, view = {scale: 1, x: 0, y: 0};
  const state = {codes: null, colours: [], visible: new Uint8Array(count).fill(1), selected: null,
    hovered: -1, focused: -1, around: [], lasso: null, polygon: null};
  let width = 0, height = 0, ratio = 1, pixels = null, image = null, asked = false;
  let paper = 0xffffffff, pale = [200, 200, 200];

  function colour(name) {
    return rgb(getComputedStyle(document.documentElement).getPropertyValue(name).trim().replace(
      /^#(.)(.)(.)$/, "#$1$1$2$2$3$3"));
  }

  function resize() {
    if (!stage.clientWidth) { return; }  // not on paper
    const middle = width ? toData(width / 2, height / 2) : null, before = base();
    ratio = window.devicePixelRatio || 1;
    width = stage.clientWidth;
    height = stage.clientHeight;
    [below, above].forEach(function (canvas) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    });
    image = below.getContext("2d").createImageData(below.width, below.height);
    pixels = new Uint32Array(image.data.buffer);
    if (!middle) { return whole(); }
    view.scale *= base() / before;
    view.x = width / 2 - middle[0] * view.scale;
    view.y = height / 2 - middle[1] * view.scale;
    draw();
  }

  function base() { return Math.max(Math.min(width, height) - 2 * MARGIN, 50); }

  function whole() {
    view.scale = base();
    view.x = (width - view.scale) / 2;
    view.y = (height - view.scale) / 2;
    draw();
  }

  function toData(x, y) { return [(x - view.x) / view.scale, (y - view.y) / view.scale]; }

  function toScreen(index) {
    return [points[2 * index] * view.scale + view.x, points[2 * index + 1] * view.scale + view.y];
  }

  function zoom(factor, x, y) {
    const scale = Math.max(base() / 2, Math.min(base() * CLOSEST, view.scale * factor));
    view.x = x - (x - view.x) * scale / view.scale;
    view.y = y - (y - view.y) * scale / view.scale;
    view.scale = scale;
    draw();
  }

  // Brings a point into sight.
  function centre(index) {
    const at = toScreen(index);
    if (at[0] < MARGIN || at[1] < MARGIN || at[0] > width - MARGIN || at[1] > height - MARGIN) {
      view.x += width / 2 - at[0];
      view.y += height / 2 - at[1];
    }
    draw();
  }

  function radius() {
    const plain = count > 8000 ? 2.2 : count > 1500 ? 3.2 : count > 300 ? 4.4 : 5.6;
    return Math.min(plain * Math.pow(view.scale / base(), .3), 9);
  }

  // Asks for a drawing in the next frame.
  function draw() {
    if (!asked) {
      asked = true;
      requestAnimationFrame(function () { asked = false; paint(); });
    }
  }

  function paint() {
    if (!state.codes || !width) { return; }
    pixels.fill(paper);
    const mask = discMask(radius() * ratio), chosen = state.selected;
    pass(mask, 70, 0);
    pass(mask, chosen ? 60 : 225, 1);
    if (chosen) { pass(mask, 256, 2); }
    below.getContext("2d").putImageData(image, 0, 0);
    mark();
    moved();
  }

  // Blends the discs of the points of a layer: 0 of those that are filtered out, 1 of the others, 2
  // of the selected ones.
  function pass(mask, strength, layer) {
    const wide = below.width, high = below.height, half = mask.half, size = mask.size;
    const visible = state.visible, chosen = state.selected;
    for (let i = 0; i < count; i++) {
      if ((visible[i] ? chosen && chosen[i] ? 2 : 1 : 0) !== layer) { continue; }
      const left = Math.round((points[2 * i] * view.scale + view.x) * ratio) - half;
      const top = Math.round((points[2 * i + 1] * view.scale + view.y) * ratio) - half;
      if (left < 0 || top < 0 || left + size > wide || top + size > high) { continue; }
      blend(mask, strength, layer ? state.colours[state.codes[i]] : pale, top * wide + left, wide);
    }
  }

  // Blends a disc whose first pixel is `at`.
  function blend(mask, strength, own, at, wide) {
    const size = mask.size, cover = mask.cover, red = own[0], green = own[1], blue = own[2];
    for (let y = 0, from = 0; y < size; y++, at += wide) {
      for (let x = at; x < at + size; x++, from++) {
        const share = cover[from] * strength >> 8;
        if (share) {
          const old = pixels[x], r = old & 255, g = old >> 8 & 255, b = old >> 16 & 255;
          pixels[x] = 0xff000000 | (b + ((blue - b) * share >> 8)) << 16 |
            (g + ((green - g) * share >> 8)) << 8 | (r + ((red - r) * share >> 8));
        }
      }
    }
  }

  // Draws rings around single points, and the lasso.
  function mark() {
    const context = above.getContext("2d"), style = getComputedStyle(document.documentElement);
    const ink = style.getPropertyValue("--ink"), blue = style.getPropertyValue("--mark");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    function ring(index, more, line, stroke) {
      const at = toScreen(index);
      context.beginPath();
      context.arc(at[0], at[1], radius() + more, 0, 7);
      context.lineWidth = line;
      context.strokeStyle = stroke;
      context.stroke();
    }
    state.around.forEach(function (index) { ring(index, 2, 1.3, blue); });
    if (state.focused >= 0) { ring(state.focused, 3.5, 2.2, ink); }
    if (state.hovered >= 0) { ring(state.hovered, 2, 2, ink); }
    if (state.lasso) { outline(context, state.lasso, blue); }
  }

  function outline(context, lasso, stroke) {
    context.beginPath();
    lasso.forEach(function (at) { context.lineTo(at[0], at[1]); });
    context.closePath();
    context.globalAlpha = .1;
    context.fillStyle = stroke;
    context.fill("evenodd");
    context.globalAlpha = 1;
    context.lineWidth = 1.5;
    context.strokeStyle = stroke;
    context.stroke();
  }

  // Finds the nearest visible point; -1 where none is within reach.
  function nearest(x, y, reach) {
    const at = toData(x, y);
    let best = Math.pow(reach / view.scale, 2), found = -1;
    for (let i = 0; i < count; i++) {
      const dx = points[2 * i] - at[0], dy = points[2 * i + 1] - at[1], far = dx * dx + dy * dy;
      if (far < best && state.visible[i]) { best = far; found = i; }
    }
    return found;
  }

  // Finds the visible points inside a polygon [[x, y]] of the data's coordinates.
  function within(polygon) {
    const xs = polygon.map(function (at) { return at[0]; });
    const ys = polygon.map(function (at) { return at[1]; });
    const left = Math.min(...xs), right = Math.max(...xs), top = Math.min(...ys);
    const bottom = Math.max(...ys), found = [];
    for (let i = 0; i < count; i++) {
      const x = points[2 * i], y = points[2 * i + 1];
      if (state.visible[i] && x >= left && x <= right && y >= top && y <= bottom &&
          inside(polygon, x, y)) { found.push(i); }
    }
    return found;
  }

  // Finds the visible point that is next in a direction: near, and not far beside it.
  function next(index, dx, dy) {
    let best = Infinity, found = index;
    for (let i = 0; i < count; i++) {
      const x = points[2 * i] - points[2 * index], y = points[2 * i + 1] - points[2 * index + 1];
      const along = x * dx + y * dy, beside = Math.abs(x * dy) + Math.abs(y * dx);
      if (state.visible[i] && along > 0 && along + 2 * beside < best) {
        best = along + 2 * beside;
        found = i;
      }
    }
    return found;
  }

  function recolour() {
    const ground = colour("--paper");
    paper = (0xff000000 | ground[2] << 16 | ground[1] << 8 | ground[0]) >>> 0;
    pale = colour("--pale");
    draw();
  }

  return {count, state, view, resize, whole, zoom, centre, draw, mark, nearest, within, next,
    toScreen, toData, recolour, size: function () { return [width, height]; }};
}
