// How words stand on a hall screen: as large as fits, running through where the screen is one line high, and
// nothing in the same place for long.

const kMoveEvery = 20_000;
const kSwapSides = 15 * 60_000;
const kLettersASecond = 5;
const kRest = 2000;  // ms a running line stands at its begin and at its end

const strip = matchMedia('(min-aspect-ratio: 4/1)');
export const isStrip = () => strip.matches;

// Makes text smaller until it fits; fonts differ between machines. A tall font reaches a little out
// of its last line, which is no overflow.
export function fit(element, name, most, least) {
  const root = document.documentElement.style;
  root.removeProperty(name);
  const overflows = () => element.scrollHeight - element.clientHeight > parseFloat(getComputedStyle(element).fontSize) / 2;
  for (let size = most; overflows() && size > least; size -= 0.2) root.setProperty(name, size.toFixed(2));
}

// A line that is longer than the strip runs through, over and over; how many ms once takes, 0: it stands.
export function runLine(line) {
  for (const running of line.getAnimations()) running.cancel();
  const beyond = line.offsetWidth - line.parentElement.clientWidth;
  if (!isStrip() || beyond <= 0) return 0;
  const length = (1000 * beyond) / (kLettersASecond * parseFloat(getComputedStyle(line).fontSize)) + 2 * kRest;
  const end = `translateX(${-beyond}px)`;
  line.animate([{ transform: 'none' }, { transform: 'none', offset: kRest / length },
    { transform: end, offset: 1 - kRest / length }, { transform: end }], { duration: length, iterations: Infinity });
  return length;
}

// Against burn-in (contracts/display.md 5), whatever is shown: everything moves by a few pixels,
export function moveStage(now) {
  const angle = Math.floor(now / kMoveEvery) * 2.4;
  document.documentElement.style.setProperty('--dx', `${Math.round(8 * Math.cos(angle))}px`);
  document.documentElement.style.setProperty('--dy', `${Math.round(8 * Math.sin(angle))}px`);
}

// and a slide's two sides change places.
export function chooseSide(now) {
  document.body.dataset.side = Math.floor(now / kSwapSides) % 2 === 1 ? 'left' : 'right';
}
