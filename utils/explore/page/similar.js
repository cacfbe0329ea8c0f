"use strict";
// The nearest images: cosines of the images' vectors, mean over seeds; and which cells they are of.

// Makes {query, heat}. A query is of one image or more: the mean of their directions.
function makeSimilar(data) {
  const about = data.about, width = about.components, count = about.count;
  const cells = about.grid[0] * about.grid[1], units = new Map();

  function seedsOf(seed) {
    return seed < 0 ? about.seeds.map(function (name, place) { return place; }) : [seed];
  }

  // Gives {unit: Float32Array [N, K], size: lengths [N]} of a seed.
  async function directions(seed) {
    if (!units.has(seed)) {
      const vectors = await data.numbers("vectors" + seed, Int16Array);
      const unit = new Float32Array(vectors.length), size = new Float32Array(count);
      for (let i = 0; i < count; i++) {
        let square = 0;
        for (let k = i * width; k < (i + 1) * width; k++) { square += vectors[k] * vectors[k]; }
        size[i] = Math.sqrt(square) || 1;
        for (let k = i * width; k < (i + 1) * width; k++) { unit[k] = vectors[k] / size[i]; }
      }
      units.set(seed, {unit, size});
    }
    return units.get(seed);
  }

  function meanDirection(unit, indices) {
    const made = new Float32Array(width);
    indices.forEach(function (i) {
      for (let k = 0; k < width; k++) { made[k] += unit[i * width + k]; }
    });
    const size = Math.hypot(...made) || 1;
    return made.map(function (value) { return value / size; });
  }

  // Gives {indices, similarity, parts} of the `most` nearest images that are none of those asked.
  async function query(asked, seed, most) {
    const total = new Float32Array(count), parts = [];
    for (const one of seedsOf(seed)) {
      const found = await directions(one), wanted = meanDirection(found.unit, asked);
      parts.push({seed: one, wanted, size: found.size});
      for (let i = 0, at = 0; i < count; i++) {
        let sum = 0;
        for (let k = 0; k < width; k++, at++) { sum += found.unit[at] * wanted[k]; }
        total[i] += sum;
      }
    }
    for (let i = 0; i < count; i++) { total[i] /= parts.length; }
    const indices = greatest(total, new Set(asked), most);
    return {indices, parts, similarity: indices.map(function (i) { return total[i]; })};
  }

  // Finds the greatest values, in order; the first of equal ones comes first.
  function greatest(values, without, most) {
    const found = [];
    for (let i = 0; i < values.length; i++) {
      if (found.length === most && !(values[i] > values[found[most - 1]])) { continue; }
      if (without.has(i)) { continue; }
      let at = found.length;
      while (at && values[found[at - 1]] < values[i]) { at--; }
      found.splice(at, 0, i);
      found.length = Math.min(found.length, most);
    }
    return found;
  }

  // Gives a promise of the similarity's part of each cell of an image; they sum to it. Null
  // without cells.
  async function heat(index, parts) {
    if (!cells) { return null; }
    const made = new Float32Array(cells);
    for (const part of parts) {
      const found = await data.numbers("cells" + part.seed, Int8Array);
      const share = 1 / (part.size[index] * parts.length);
      for (let k = 0; k < width; k++) {
        const weight = part.wanted[k] * share, from = (k * count + index) * cells;
        for (let cell = 0; cell < cells; cell++) { made[cell] += weight * found[from + cell]; }
      }
    }
    return made;
  }

  return {query, heat, hasCells: cells > 0};
}
