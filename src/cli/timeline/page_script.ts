/**
 * What the page does by itself: details where the pointer is, zoom, a filter.
 * It works without, with less comfort. Text is only ever set as text.
 */
export const PAGE_SCRIPT = `
'use strict';
const chart = document.querySelector('.chart');
const sheet = document.querySelector('.sheet');
const tip = document.getElementById('tip');
const axis = document.querySelector('.axis .track');
const grid = document.querySelector('.grid');
const { from, to, steps } = JSON.parse(document.getElementById('scale').textContent);
const MOST_ZOOM = 400;
let zoom = 1;

for (const bar of document.querySelectorAll('.bar[title]')) {
  bar.dataset.tip = bar.title;
  bar.removeAttribute('title');
}

function showTip(bar, x, y) {
  tip.textContent = bar.dataset.tip;
  tip.style.display = 'block';
  const { width, height } = tip.getBoundingClientRect();
  tip.style.left = Math.max(4, Math.min(x + 14, innerWidth - width - 8)) + 'px';
  tip.style.top = (y + height + 24 > innerHeight ? Math.max(4, y - height - 12) : y + 16) + 'px';
}
const barOf = (event) => (event.target instanceof Element ? event.target.closest('.bar') : null);
document.addEventListener('pointermove', (event) => {
  const bar = barOf(event);
  if (bar) showTip(bar, event.clientX, event.clientY);
  else tip.style.display = 'none';
});
document.addEventListener('focusin', (event) => {
  const bar = barOf(event);
  if (!bar) return;
  const { left, bottom } = bar.getBoundingClientRect();
  showTip(bar, Math.max(left, 0), bottom);
});
document.addEventListener('focusout', () => { tip.style.display = 'none'; });

const two = (n) => String(n).padStart(2, '0');
function label(date, step) {
  const day = two(date.getMonth() + 1) + '-' + two(date.getDate());
  const time = two(date.getHours()) + ':' + two(date.getMinutes());
  if (step < 60000) return time + ':' + two(date.getSeconds());
  return step < 86400000 && to - from > 90000000 ? day + ' ' + time : step < 86400000 ? time : day;
}
function drawTicks() {
  const most = Math.max(3, Math.floor(axis.clientWidth / 110));
  const span = to - from;
  const step = steps.find((one) => span / one <= most) || steps[steps.length - 1];
  const offset = -new Date(from).getTimezoneOffset() * 60000;
  for (const old of document.querySelectorAll('.tick, .grid i.line')) old.remove();
  for (let at = Math.ceil((from + offset) / step) * step - offset; at <= to; at += step) {
    const left = ((at - from) / span) * 100 + '%';
    const tick = document.createElement('span');
    tick.className = 'tick';
    tick.style.left = left;
    tick.textContent = label(new Date(at), step);
    axis.append(tick);
    // A word that would be cut off stands on the other side of its line, where there is room.
    const box = tick.getBoundingClientRect();
    if (box.right > axis.getBoundingClientRect().right) {
      const before = tick.previousElementSibling;
      tick.style.transform = 'translateX(-100%)';
      const isFree = box.left - box.width > (before ? before.getBoundingClientRect().right : axis.getBoundingClientRect().left);
      if (!isFree) tick.remove();
    }
    const line = document.createElement('i');
    line.className = 'line';
    line.style.left = left;
    grid.append(line);
  }
}
function zoomTo(wanted, clientX) {
  const next = Math.min(MOST_ZOOM, Math.max(1, wanted));
  const left = axis.getBoundingClientRect().left;
  const edge = chart.getBoundingClientRect().left + axis.offsetLeft;
  const x = clientX === undefined ? edge + (chart.clientWidth - axis.offsetLeft) / 2 : clientX;
  const part = (x - left) / axis.clientWidth;
  zoom = next;
  sheet.style.setProperty('--zoom', String(zoom));
  chart.scrollLeft = part * axis.clientWidth - (x - edge);
  drawTicks();
}
document.getElementById('in').addEventListener('click', () => zoomTo(zoom * 2));
document.getElementById('out').addEventListener('click', () => zoomTo(zoom / 2));
document.getElementById('whole').addEventListener('click', () => zoomTo(1));
chart.addEventListener('wheel', (event) => {
  if (!event.ctrlKey && !event.metaKey) return;
  event.preventDefault();
  zoomTo(zoom * Math.exp(-event.deltaY / 200), event.clientX);
}, { passive: false });
document.addEventListener('keydown', (event) => {
  if (event.target instanceof HTMLInputElement) return;
  if (event.key === '+') zoomTo(zoom * 2);
  if (event.key === '-') zoomTo(zoom / 2);
  if (event.key === '0') zoomTo(1);
});
document.getElementById('filter').addEventListener('input', (event) => {
  const words = event.target.value.toLowerCase().split(/\\s+/).filter(Boolean);
  for (const row of document.querySelectorAll('[data-words]')) {
    row.hidden = !words.every((word) => row.dataset.words.includes(word));
  }
});
addEventListener('resize', drawTicks);
addEventListener('beforeprint', () => zoomTo(1));
drawTicks();
`;
