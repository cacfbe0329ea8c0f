"use strict";
// The page's data: a JSON, and blocks of text that are decoded when they are first looked at.
// A block stands in the page, or in a file beside it that calls exploreBlock.
const waitingBlocks = new Map();

function exploreBlock(name, text) {
  const resolve = waitingBlocks.get(name);
  waitingBlocks.delete(name);
  if (resolve) { resolve(text); }
}

function makeData(problem) {
  const about = JSON.parse(document.getElementById("explore-data").textContent);
  const texts = new Map(), arrays = new Map(), lines = new Map(), columns = new Map();

  function loaded(name) {
    return new Promise(function (resolve, reject) {
      const script = document.createElement("script");
      waitingBlocks.set(name, resolve);
      script.src = about.folder + name + ".js";
      script.onerror = function () {
        problem("Pictures are missing: the folder " + decodeURIComponent(about.folder) +
          " has to stay beside this page.");
        reject(new Error("no " + script.src));
      };
      document.head.appendChild(script);
    });
  }

  function text(name) {
    if (!texts.has(name)) {
      const element = document.getElementById("block-" + name);
      texts.set(name, element ? Promise.resolve(element.textContent) : loaded(name));
    }
    return texts.get(name);
  }

  function bytes(base64) {
    if (Uint8Array.fromBase64) { return Uint8Array.fromBase64(base64); }
    const letters = atob(base64), made = new Uint8Array(letters.length);
    for (let i = 0; i < letters.length; i++) { made[i] = letters.charCodeAt(i); }
    return made;
  }

  async function unpacked(name, Type) {
    const stream = new Blob([bytes(await text(name))]).stream();
    const found = new Response(stream.pipeThrough(new DecompressionStream("deflate")));
    texts.delete(name);
    return new Type(await found.arrayBuffer());
  }

  // Gives a promise of a typed array.
  function numbers(name, Type) {
    if (!arrays.has(name)) { arrays.set(name, unpacked(name, Type)); }
    return arrays.get(name);
  }

  const kinds = [["UklG", "webp"], ["iVBO", "png"], ["/9j/", "jpeg"]];

  // Where each label image of a block begins: behind the sizes of all, [height, width, ..].
  function labelStarts(found, count) {
    const starts = [2 * count];
    for (let i = 0; i < count; i++) { starts.push(starts[i] + found[2 * i] * found[2 * i + 1]); }
    return starts;
  }

  // Draws a label image in the classes' colours; what is no class is grey.
  async function label(name, at, count) {
    const found = await numbers(name, Uint8Array);
    if (!lines.has(name)) { lines.set(name, labelStarts(found, count)); }
    const start = lines.get(name)[at], canvas = document.createElement("canvas");
    canvas.height = found[2 * at];
    canvas.width = found[2 * at + 1];
    const context = canvas.getContext("2d");
    const image = context.createImageData(canvas.width, canvas.height);
    for (let i = 0; i < canvas.width * canvas.height; i++) {
      image.data.set(about.palette[found[start + i]] || [128, 128, 128], 4 * i);
      image.data[4 * i + 3] = 255;
    }
    context.putImageData(image, 0, 0);
    return canvas.toDataURL();
  }

  // Gives a promise of the address of a picture, "" where there is none.
  async function picture(kind, index) {
    if (!about.pictures.includes(kind)) { return ""; }
    const chunk = Math.floor(index / about.chunk), name = kind + "-" + chunk;
    if (about.labels.includes(kind)) {
      return label(name, index % about.chunk,
        Math.min(about.chunk, about.count - chunk * about.chunk));
    }
    if (!lines.has(name)) {
      lines.set(name, text(name).then(function (found) {
        texts.delete(name);
        return found.split("\n");
      }));
    }
    const line = (await lines.get(name))[index % about.chunk];
    const kindOf = kinds.find(function (one) { return line.startsWith(one[0]); });
    return line && "data:image/" + (kindOf ? kindOf[1] : "webp") + ";base64," + line;
  }

  function meanOverSeeds(found, seeds) {
    const made = new Float32Array(about.count);
    for (let i = 0; i < about.count; i++) {
      let total = 0, known = 0;
      for (let s = 0; s < seeds; s++) {
        const value = found[s * about.count + i];
        if (value === value) { total += value; known++; }
      }
      made[i] = known ? total / known : NaN;
    }
    return made;
  }

  async function columnOf(place, seed) {
    const column = about.columns[place];
    const found = await numbers("column-" + place, column.categories ? Uint16Array : Float32Array);
    if (column.seeds === 1) { return found; }
    return seed < 0 ? meanOverSeeds(found, column.seeds) :
      found.subarray(seed * about.count, (seed + 1) * about.count);
  }

  // Gives a promise of the values of a column: of a seed, or -1 for the mean over seeds.
  function column(place, seed) {
    const key = place + "/" + (about.columns[place].seeds === 1 ? 0 : seed);
    if (!columns.has(key)) { columns.set(key, columnOf(place, seed)); }
    return columns.get(key);
  }

  // Finds a column by its name; -1 for none.
  function placeOf(name) {
    return about.columns.findIndex(function (one) { return one.name === name; });
  }

  return {about, numbers, picture, column, placeOf};
}

// Writes a number in few digits; "-" where it is unknown.
function asText(value) {
  if (value === null || value === undefined || value !== value) { return "-"; }
  if (Number.isInteger(value) && Math.abs(value) < 1e6) { return String(value); }
  const size = Math.abs(value);
  return size >= 1e5 || (size > 0 && size < 1e-3) ? value.toExponential(1) :
    value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
}

// Makes an element; text and attributes of it are no HTML.
function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  Object.entries(attributes || {}).forEach(function (entry) {
    if (entry[0] === "onclick") { made.addEventListener("click", entry[1]); }
    else if (entry[1] !== null) { made.setAttribute(entry[0], entry[1]); }
  });
  made.append(...children);
  return made;
}
