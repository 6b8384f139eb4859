/** What surrounds every page but the kiosk and the log-in: the bar, who is logged in, messages. */
import { remove, session, words } from './api.js';
import { el, fill, find } from './dom.js';
import { icon, placeIcons } from './icons.js';
import { t, translatePage } from './i18n.js';

const PAGES = [
  ['/', 'console', 'nav.console'],
  ['/faces.html', 'people', 'nav.faces'],
  ['/timeline.html', 'clock', 'nav.timeline'],
  ['/settings.html', 'settings', 'nav.settings'],
  ['/kiosk', 'door', 'nav.kiosk'],
];
const MESSAGE_STAYS = 6_000;
const ICONS = { good: 'check', bad: 'warning', warn: 'warning', info: 'bell' };

/** Builds the bar, translates the page; answers the session, so that a page knows the role. */
export async function openPage() {
  translatePage();
  placeIcons();
  const here = location.pathname;
  const who = el('span', { class: 'name' });
  fill(
    find('#bar'),
    el('a', { class: 'skip', href: '#main' }, t('nav.skip')),
    el('a', { class: 'brand', href: '/' }, el('img', { src: '/static/img/favicon.svg', alt: '' }), el('span', {}, t('product'))),
    el('nav', { 'aria-label': t('nav.label') }, PAGES.map(([address, sign, key]) => el(
      'a', { href: address, 'aria-current': address === here && 'page', title: t(key) }, icon(sign), el('span', {}, t(key)),
    ))),
    el('div', { class: 'who' }, who, el('button', {
      class: 'plain square', type: 'button', id: 'logout', 'aria-label': t('nav.logout'), title: t('nav.logout'), on: { click: logOut },
    }, icon('out'))),
  );
  document.body.append(el('div', { class: 'toasts', id: 'toasts', role: 'status', 'aria-live': 'polite' }));
  const mine = await session();
  who.textContent = mine.user?.username ?? mine.username ?? '';
  return mine;
}

async function logOut() {
  try {
    await remove('/session');
  } catch (problem) {
    say(words(problem), 'bad');
    return;
  }
  location.assign('/login');
}

/** A short message at the foot of the page, read out by screen readers. */
export function say(text, kind = 'good') {
  const line = el('div', { class: `notice ${kind}` }, icon(ICONS[kind]), el('div', {}, text));
  find('#toasts').append(line);
  setTimeout(() => line.remove(), kind === 'bad' ? 2 * MESSAGE_STAYS : MESSAGE_STAYS);
}

/** A box of text with icon and colour. */
export function notice(kind, ...content) {
  return el('div', { class: `notice ${kind}` }, icon(ICONS[kind]), el('div', {}, ...content));
}

/** A word with icon and colour. */
export function chip(kind, sign, text, title = null) {
  return el('span', { class: `chip ${kind}`, title }, icon(sign), text);
}

/** What stands where a list is empty. */
export function empty(sign, text) {
  return el('div', { class: 'empty' }, icon(sign), el('p', {}, text));
}

/** Asks before something that cannot be undone; true for yes. */
export function ask(question, yes, { danger = true } = {}) {
  return new Promise((resolve) => {
    const box = el('dialog', { 'aria-labelledby': 'ask-text' }, el('form', { method: 'dialog' },
      el('p', { id: 'ask-text' }, question),
      el('div', { class: 'actions end' },
        el('button', { value: 'no' }, t('cancel')),
        el('button', { value: 'yes', class: danger ? 'danger' : 'primary' }, yes))));
    box.addEventListener('close', () => {
      box.remove();
      resolve(box.returnValue === 'yes');
    });
    document.body.append(box);
    box.showModal();
  });
}
