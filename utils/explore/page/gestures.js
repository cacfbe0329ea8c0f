"use strict";
// The mouse, fingers and keys on the map.

const WALK = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};

// on: {hover(index), pick(index), lasso(indices, adds), toggle(index), clear(), drawn(polygon)}.
function makeGestures(canvas, map, on) {
  const pointers = new Map();
  let mode = "move", start = null, dragged = false, pinch = null;

  function at(event) {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  function reach(event) { return event.pointerType === "touch" ? NEAR_TOUCH : NEAR_MOUSE; }

  function hover(index) {
    if (map.state.hovered === index) { return; }
    map.state.hovered = index;
    canvas.classList.toggle("over", index >= 0);
    map.mark();
    on.hover(index);
  }

  canvas.addEventListener("pointerdown", function (event) {
    if (event.button) { return; }
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, at(event));
    start = at(event);
    dragged = false;
    pinch = pointers.size > 1 ? fingers() : null;
    map.state.lasso = !pinch && (mode === "lasso" || event.shiftKey) ? [start] : null;
  });

  canvas.addEventListener("pointermove", function (event) {
    const here = at(event), before = pointers.get(event.pointerId);
    if (!before) { return hover(map.nearest(here[0], here[1], reach(event))); }
    pointers.set(event.pointerId, here);
    if (pointers.size > 1) { return pinched(); }
    dragged = dragged || Math.hypot(here[0] - start[0], here[1] - start[1]) > CLICK;
    if (!dragged) { return; }
    hover(-1);
    if (map.state.lasso) {
      map.state.lasso.push(here);
      map.mark();
    } else {
      map.view.x += here[0] - before[0];
      map.view.y += here[1] - before[1];
      map.draw();
    }
  });

  // The middle between two fingers, and how far they are apart.
  function fingers() {
    const [a, b] = Array.from(pointers.values());
    return {x: (a[0] + b[0]) / 2, y: (a[1] + b[1]) / 2,
      far: Math.max(Math.hypot(a[0] - b[0], a[1] - b[1]), 1)};
  }

  // What is between the fingers stays between them.
  function pinched() {
    const now = fingers();
    dragged = true;
    map.view.x += now.x - pinch.x;
    map.view.y += now.y - pinch.y;
    map.zoom(now.far / pinch.far, now.x, now.y);
    pinch = now;
  }

  function ended(event) {
    if (!pointers.delete(event.pointerId)) { return; }
    const here = at(event), lasso = map.state.lasso;
    map.state.lasso = null;
    map.mark();
    if (event.type === "pointercancel" || pinch) { return; }
    if (lasso && dragged) {
      const polygon = lasso.map(function (one) { return map.toData(one[0], one[1]); });
      map.state.polygon = polygon;
      on.lasso(map.within(polygon), event.ctrlKey || event.metaKey);
    } else if (!dragged) {
      on.pick(map.nearest(here[0], here[1], reach(event)));
    }
  }
  canvas.addEventListener("pointerup", ended);
  canvas.addEventListener("pointercancel", ended);
  canvas.addEventListener("pointerleave", function () { hover(-1); });

  canvas.addEventListener("wheel", function (event) {
    event.preventDefault();
    const step = event.deltaMode ? 40 * event.deltaY : event.deltaY, here = at(event);
    map.zoom(Math.exp(-.0018 * Math.max(-400, Math.min(400, step))), here[0], here[1]);
  }, {passive: false});

  function walk(direction) {
    const [width, height] = map.size();
    let index = map.state.hovered >= 0 ? map.state.hovered : map.state.focused;
    index = index >= 0 ? map.next(index, direction[0], direction[1]) :
      map.nearest(width / 2, height / 2, width + height);
    if (index >= 0) {
      map.centre(index);
      hover(index);
    }
  }

  canvas.addEventListener("keydown", function (event) {
    const [width, height] = map.size(), index = map.state.hovered;
    if (event.ctrlKey || event.metaKey || event.altKey) { return; }
    if (WALK[event.key]) { walk(WALK[event.key]); }
    else if (event.key === "Enter" && index >= 0) { on.pick(index); }
    else if (event.key === " " && index >= 0) { on.toggle(index); }
    else if (event.key === "+" || event.key === "=") { map.zoom(ZOOM, width / 2, height / 2); }
    else if (event.key === "-") { map.zoom(1 / ZOOM, width / 2, height / 2); }
    else if (event.key === "0") { map.whole(); }
    else if (event.key === "Escape") { on.clear(); }
    else { return; }
    event.preventDefault();
  });
  canvas.addEventListener("blur", function () { hover(-1); });

  return {setMode: function (name) {
    mode = name;
    canvas.classList.toggle("lasso", name === "lasso");
  }};
}
