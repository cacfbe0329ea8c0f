"use strict";
// A click on a heading sorts its table; data-v holds what a cell sorts by, "" comes last.
document.querySelectorAll("table").forEach(function (table) {
  table.querySelectorAll("th").forEach(function (head, column) {
    head.title = "sort";
    head.addEventListener("click", function () {
      var up = head.getAttribute("aria-sort") !== "ascending";
      var body = table.tBodies[0], rows = Array.from(body.rows);
      var number = head.classList.contains("number");
      table.querySelectorAll("th").forEach(function (other) {
        other.removeAttribute("aria-sort");
      });
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      rows.sort(function (a, b) {
        var x = a.cells[column].dataset.v, y = b.cells[column].dataset.v;
        if (x === "" || y === "") { return (x === "") - (y === ""); }
        return (up ? 1 : -1) * (number ? x - y : x.localeCompare(y, undefined, {numeric: true}));
      });
      rows.forEach(function (row) { body.appendChild(row); });
    });
  });
});
