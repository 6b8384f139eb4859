/**
 * Elements and their text. Whatever comes from outside goes in as a text node or an attribute,
 * never as HTML, so there is nothing to escape anywhere else.
 */

/** The first element that matches, within `root`. */
export const find = (selector, root = document) => root.querySelector(selector);

/**
 * A new element. `props`: `class`, `on` ({event: handler}), `data` ({name: value}), every other
 * key an attribute (true: present; false, null, undefined: left out). Children: nodes or text;
 * null and false are left out.
 */
export function el(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === 'on') for (const [event, handler] of Object.entries(value)) element.addEventListener(event, handler);
    else if (name === 'data') Object.assign(element.dataset, value);
    else if (name === 'class') element.className = value;
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Puts `children` in place of whatever `element` holds. */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/**
 * Runs `work`, which draws `root` anew, and puts the focus back on whatever has the same
 * `data-focus` afterwards: a page that refreshes itself must not throw a keyboard user out.
 */
export function keepFocus(root, work) {
  const key = root.contains(document.activeElement) ? document.activeElement.dataset.focus : undefined;
  const answer = work();
  if (key !== undefined) [...root.querySelectorAll('[data-focus]')].find((element) => element.dataset.focus === key)?.focus();
  return answer;
}

/** Runs `work` while the button is disabled and shown as busy. */
export async function busy(button, work) {
  if (button.getAttribute('aria-busy') === 'true') return undefined;
  button.setAttribute('aria-busy', 'true');
  button.disabled = true;
  try {
    return await work();
  } finally {
    button.removeAttribute('aria-busy');
    button.disabled = false;
  }
}

/** Calls `work` once `wait` milliseconds have passed without another call. */
export function settled(work, wait = 250) {
  let timer = 0;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...values), wait);
  };
}

/** The initials of a name, for a round badge. */
export function initials(name) {
  const words = String(name ?? '').trim().split(/\s+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : words;
  return letters.map((word) => Array.from(word)[0]).join('').toLocaleUpperCase() || '?';
}
