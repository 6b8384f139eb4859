/** Our own line icons on a 24-unit grid, as SVG elements; decoration only, hidden from readers. */

const SHAPES = {
  add: 'M12 5v14M5 12h14',
  back: 'M15 5l-7 7 7 7',
  bell: 'M6 16V11a6 6 0 0 1 12 0v5l1.5 2h-15zM10 20.5h4',
  blind: 'M4 4l16 16M9.2 5H15l1.5 2.5H20a1 1 0 0 1 1 1V17M17.5 19H4a1 1 0 0 1-1-1V8.5a1 1 0 0 1 1-1h2M9.2 11a3.6 3.6 0 0 0 5 5',
  camera: 'M4 7.5h3.5L9 5h6l1.5 2.5H20a1 1 0 0 1 1 1V18a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V8.5a1 1 0 0 1 1-1zM12 9.5a3.6 3.6 0 1 0 0 7.2 3.6 3.6 0 0 0 0-7.2z',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  clock: 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 7.5V12l3 2',
  close: 'M6 6l12 12M18 6L6 18',
  closer: 'M9 9L4 4M4 8.5V4h4.5M15 9l5-5M15.5 4H20v4.5M9 15l-5 5M4 15.5V20h4.5M15 15l5 5M20 15.5V20h-4.5',
  console: 'M4 5h16v11H4zM9 20h6M12 16v4',
  copy: 'M9 9h10v11H9zM15 9V4H5v11h4',
  disk: 'M4 6c0-1.4 3.6-2.5 8-2.5s8 1.1 8 2.5-3.6 2.5-8 2.5S4 7.4 4 6zM4 6v12c0 1.4 3.6 2.5 8 2.5s8-1.1 8-2.5V6M4 12c0 1.4 3.6 2.5 8 2.5s8-1.1 8-2.5',
  door: 'M6 20.5V4.5l9-1.5v18zM15 5h3v15.5h2M4 20.5h2M11.5 12v1',
  download: 'M12 4v11M7.5 11l4.5 4.5 4.5-4.5M5 20h14',
  edit: 'M5 19l1-4L16.5 4.5l3 3L9 18zM14 7l3 3',
  expand: 'M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5',
  face: 'M4 8.5V6a2 2 0 0 1 2-2h2.5M15.5 4H18a2 2 0 0 1 2 2v2.5M20 15.5V18a2 2 0 0 1-2 2h-2.5M8.5 20H6a2 2 0 0 1-2-2v-2.5M9 9.5v1M15 9.5v1M8.8 14.5c1.8 1.9 4.6 1.9 6.4 0',
  forward: 'M9 5l7 7-7 7',
  heart: 'M3.5 12.5h4l2-5 4 9 2.2-4h4.8',
  in: 'M10 7l5 5-5 5M15 12H4M14 4h5v16h-5',
  key: 'M14.5 3.5a6 6 0 1 0 0 12 6 6 0 0 0 0-12zM10 13.5L4 19.5M6 17.5l2 2',
  offline: 'M4 4l16 16M8.5 15.5a5 5 0 0 1 5-1.3M5 12a10 10 0 0 1 4.6-2.7M2.5 8.5A14 14 0 0 1 6.5 6M13 9a10 10 0 0 1 6 3M11 5.1a14 14 0 0 1 10.5 3.4M12 19.3v.2',
  online: 'M8.5 15.5a5 5 0 0 1 7 0M5 12a10 10 0 0 1 14 0M2.5 8.5a14 14 0 0 1 19 0M12 19.3v.2',
  out: 'M15 7l5 5-5 5M20 12H9M10 4H5v16h5',
  people: 'M9 5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM2.5 19.5c0-3.6 2.9-5.5 6.5-5.5s6.5 1.9 6.5 5.5M16 5.3a3.4 3.4 0 0 1 0 6.4M17.5 14.3c2.4.6 4 2.3 4 5.2',
  person: 'M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4.5 20.5c0-4 3.3-6.2 7.5-6.2s7.5 2.2 7.5 6.2',
  question: 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM9.5 9.7a2.5 2.5 0 1 1 3.7 2.2c-.8.5-1.2 1-1.2 1.9M12 16.6v.2',
  queue: 'M4 6.5h16M4 12h16M4 17.5h9',
  search: 'M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.5 15.5L20.5 20.5',
  settings: 'M4 7h9M17 7h3M15 4.8v4.4M4 17h3M11 17h9M9 14.8v4.4M4 12h16',
  sync: 'M4.5 11a7.6 7.6 0 0 1 13.5-3.5L20 9.5M20 4.5v5h-5M19.5 13a7.6 7.6 0 0 1-13.5 3.5L4 14.5M4 19.5v-5h5',
  trash: 'M4.5 7h15M9.5 7V4.5h5V7M6.5 7l1 13h9l1-13M10.5 11v5M13.5 11v5',
  turn_left: 'M20 12H4.5M10.5 5.5L4 12l6.5 6.5',
  turn_right: 'M4 12h15.5M13.5 5.5L20 12l-6.5 6.5',
  upload: 'M12 15.5V4.5M7.5 8.5L12 4l4.5 4.5M5 20h14',
  warning: 'M12 4L2.8 19.5h18.4zM12 10v4.5M12 16.9v.2',
};

const SPACE = 'http://www.w3.org/2000/svg';

/** The icon of that name; an unknown name is a programming error. */
export function icon(name, extra = '') {
  if (!(name in SHAPES)) throw new Error(`no icon called ${name}`);
  const svg = document.createElementNS(SPACE, 'svg');
  for (const [key, value] of Object.entries({
    class: `icon ${extra}`.trim(), viewBox: '0 0 24 24', fill: 'none', stroke: 'currentColor', 'stroke-width': '1.8',
    'stroke-linecap': 'round', 'stroke-linejoin': 'round', 'aria-hidden': 'true', focusable: 'false',
  })) svg.setAttribute(key, value);
  const path = document.createElementNS(SPACE, 'path');
  path.setAttribute('d', SHAPES[name]);
  svg.append(path);
  return svg;
}

/** Puts the icon into every `<i data-icon="name">` of the page. */
export function placeIcons(root = document) {
  for (const place of root.querySelectorAll('i[data-icon]')) place.replaceWith(icon(place.dataset.icon));
}
