"use strict";
// Thumbnails in a grid, decoded when they scroll into sight; with heat maps over them.

const THUMBNAIL = 128, HEAT = 150;  // pixels of a cell's side; greatest opacity of 255

// Gives a promise of a decoded picture; null where there is none.
function decoded(address) {
  return new Promise(function (resolve) {
    if (!address) { return resolve(null); }
    const picture = new Image();
    picture.onload = function () { resolve(picture); };
    picture.onerror = function () { resolve(null); };
    picture.src = address;
  });
}

// Draws a thumbnail on a canvas, in its shape; grey where colours will lie over it.
function drawThumbnail(canvas, picture, isGrey) {
  const wide = picture ? picture.naturalWidth : 4, high = picture ? picture.naturalHeight : 3;
  canvas.width = THUMBNAIL;
  canvas.height = Math.max(1, Math.round(THUMBNAIL * high / wide));
  const context = canvas.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.filter = isGrey ? "grayscale(.85)" : "none";
  if (picture) { context.drawImage(picture, 0, 0, canvas.width, canvas.height); }
}

// Lays the cells over a thumbnail: orange where they speak for the similarity, blue against it.
// about: grid, rows and columns of cells; shift, of their centres, in cells.
// box: top, left, bottom, right of the image, in cells. most: the value of full colour.
function drawHeat(canvas, heat, about, box, most) {
  const context = canvas.getContext("2d"), [top, left, bottom, right] = box;
  const [rows, columns] = about.grid;
  context.filter = "none";
  const y = edges(rows, top, bottom, about.shift, canvas.height);
  const x = edges(columns, left, right, about.shift, canvas.width);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const value = heat[row * columns + column] / most, size = Math.min(1, Math.abs(value));
      context.fillStyle = "rgba(" + (value > 0 ? "255,122,0," : "30,120,255,") +
        (size * HEAT / 255).toFixed(3) + ")";
      context.fillRect(x[column], y[row], x[column + 1] - x[column], y[row + 1] - y[row]);
    }
  }
}

// Where the cells of a side begin and end on a canvas of so many pixels: count + 1 places. Each
// pixel is of the cell whose centre is the nearest, among those that show the image.
function edges(count, begin, end, shift, pixels) {
  const first = Math.floor(begin + 1e-4), last = Math.ceil(end - 1e-4) - 1, found = [];
  for (let cell = 0; cell <= count; cell++) {
    const place = cell <= first ? 0 : cell > last ? 1 : (cell + shift - begin) / (end - begin);
    found.push(Math.round(pixels * Math.min(1, Math.max(0, place))));
  }
  return found;
}

// Makes a grid of images. captions: a text of each. on: {pick(index), over(index or -1)}.
// overlay(canvas, index) -> promise, or null: draws over a thumbnail.
function makeGrid(data, indices, captions, on, overlay) {
  const root = element("div", {class: "grid"});
  const seen = new IntersectionObserver(function (entries) {
    entries.forEach(function (entry) {
      if (entry.isIntersecting) {
        seen.unobserve(entry.target);
        fill(entry.target);
      }
    });
  }, {root, rootMargin: "120px"});

  async function fill(button) {
    const index = +button.dataset.point, canvas = button.firstChild;
    drawThumbnail(canvas, await decoded(await data.picture("thumbnails", index)),
      Boolean(overlay));
    if (overlay) { await overlay(canvas, index); }
    button.dataset.filled = "yes";
  }

  indices.forEach(function (index, place) {
    const name = data.about.names[index];
    const button = element("button", {type: "button", "data-point": index, title: name,
      "aria-label": name + " " + captions[place], onclick: function () { on.pick(index); }},
    element("canvas", {width: 4, height: 3}), captions[place]);
    button.addEventListener("pointerenter", function () { on.over(index); });
    button.addEventListener("focus", function () { on.over(index); });
    button.addEventListener("pointerleave", function () { on.over(-1); });
    button.addEventListener("blur", function () { on.over(-1); });
    root.append(button);
    seen.observe(button);
  });
  return root;
}
