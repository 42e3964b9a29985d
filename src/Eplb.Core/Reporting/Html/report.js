'use strict';
// Tooltips for the charts: the mouse shows the cell under it, arrow keys walk over the cells of a focused chart, Escape hides the tip.
// The texts are the cells' own titles, which browsers show on their own where this script does not run.
for (const chart of document.querySelectorAll('[data-cells]')) {
  const rows = Array.from(chart.querySelectorAll('.row'), row => Array.from(row.children));
  const tip = document.createElement('div');
  tip.className = 'tip';
  tip.setAttribute('role', 'status');
  document.body.append(tip);
  let row = 0, column = 0, shown = null;

  const hide = () => {
    if (shown) shown.classList.remove('on');
    shown = null;
    tip.textContent = '';
  };

  const show = cell => {
    const title = cell.querySelector('title');
    if (title) {
      // Two tips at once would be one too many.
      cell.tip = title.textContent;
      title.remove();
    }
    if (shown) shown.classList.remove('on');
    shown = cell;
    cell.classList.add('on');
    tip.textContent = cell.tip;
    const place = cell.getBoundingClientRect();
    const left = Math.min(place.left, document.documentElement.clientWidth - tip.offsetWidth - 8);
    const above = place.top - tip.offsetHeight - 8;
    tip.style.left = Math.max(8, left) + 'px';
    tip.style.top = (above < 8 ? Math.min(place.bottom + 8, window.innerHeight - tip.offsetHeight - 8) : above) + 'px';
  };

  const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  const limit = (value, count) => Math.max(0, Math.min(count - 1, value));

  chart.addEventListener('keydown', event => {
    if (event.key === 'Escape') { hide(); return; }
    const step = steps[event.key];
    const edge = event.key === 'Home' ? 0 : event.key === 'End' ? Infinity : null;
    if (!step && edge === null) return;
    event.preventDefault();
    if (shown && step) { row = limit(row + step[0], rows.length); column = limit(column + step[1], rows[row].length); }
    if (edge !== null) column = limit(edge, rows[row].length);
    const cell = rows[row][limit(column, rows[row].length)];
    cell.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    show(cell);
  });
  chart.addEventListener('pointerover', event => {
    const cell = event.target.closest('.row > *');
    if (!cell) { hide(); return; }
    row = rows.findIndex(cells => cells.includes(cell));
    column = rows[row].indexOf(cell);
    show(cell);
  });
  chart.addEventListener('pointerleave', hide);
  chart.addEventListener('blur', hide);
}
