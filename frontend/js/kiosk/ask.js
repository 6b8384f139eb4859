/**
 * The pad at the door: a PIN or badge for whose face was not quite sure, and for whoever uses no
 * face at all. The question names nobody, for a stranger may stand there; who it was is greeted
 * after the right answer. Made for fingers, keyboards, and scanners that type what they read.
 */
import { ApiError, get, post, words } from '../api.js';
import { busy, el, fill } from '../dom.js';
import { icon } from '../icons.js';
import { t, tOr } from '../i18n.js';
import { Scanner } from './scanner.js';

const QUIET = 30_000;
const LAST_WORDS = 4_000;
const PATIENCE = 10_000;
const DIGITS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', 'delete', '0', 'ok'];
const LETTERS = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ', '-', '_', '.', 'delete'];
const OVER = new Set(['confirmation_expired', 'confirmation_not_found', 'pin_locked']);
const WRONG = new Set(['pin_wrong', 'person_not_found']);

/** A random UUID, also on pages over plain HTTP, where the browser has no ready one. */
function newUuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

export class Pad {
  /** `now()` is the server's time, `device()` the door, `greet(payload)` shows who it was. */
  constructor({ place, panel, now, device, greet }) {
    Object.assign(this, { place, panel, now, device, greet, badgeAlone: false, question: null, step: null, badge: null, letters: false, draft: null, refused: null, timer: 0 });
    this.scanner = new Scanner((text) => this.scanned(text));
    document.addEventListener('keydown', (event) => this.key(event));
    place.addEventListener('submit', (event) => { event.preventDefault(); this.submit(); });
  }

  get open() {
    return this.step !== null;
  }

  /** A face was nearly sure (`{confirmation, reason, device, expires_in}`); false where the pad is in use. */
  ask(question) {
    if (this.open) return false;
    if (question.confirmation === this.refused) return true;
    this.begin('pin', question);
    this.ends = performance.now() + (question.expires_in ?? 60) * 1_000;
    return true;
  }

  /** For whoever uses no face: the badge first, then the PIN. */
  offer() {
    this.begin('badge', null);
  }

  /** Somebody was recognised after all: the question is settled, unless it is being answered. */
  settle() {
    if (this.question && !this.input.value) this.close();
  }

  begin(step, question) {
    Object.assign(this, { step, question, badge: null, letters: false, draft: null, ends: Infinity });
    this.draw();
  }

  close() {
    clearTimeout(this.timer);
    if (this.question) this.refused = this.question.confirmation;
    Object.assign(this, { step: null, question: null, badge: null, draft: null });
    this.place.hidden = true;
    delete this.panel.dataset.pad;
    fill(this.place);
  }

  draw(error = '') {
    const pin = this.step === 'pin';
    const keys = this.letters ? LETTERS : DIGITS;
    this.input = el('input', {
      id: 'pad-input', type: pin ? 'password' : 'text', inputmode: 'none', autocomplete: 'off', autocapitalize: 'characters',
      spellcheck: 'false', maxlength: pin ? 64 : 128, 'aria-describedby': 'pad-error',
    });
    this.error = el('p', { id: 'pad-error', class: 'wrong', role: 'alert' }, error);
    this.ok = el('button', { type: 'submit', class: 'primary', data: { key: 'ok' } }, t('ask.ok'));
    fill(this.place,
      el('h2', { id: 'pad-title' }, pin ? t('ask.pin.title') : t('ask.badge.title')),
      this.question && pin && el('p', { class: 'why' }, tOr('kiosk.why', this.question.reason, t('ask.why'))),
      el('label', { for: 'pad-input', class: 'visually-hidden' }, pin ? t('ask.pin') : t('ask.badge')), this.input, this.error,
      el('div', { class: this.letters ? 'letters' : 'digits' }, keys.map((key) => this.button(key))),
      el('div', { class: 'ways' }, el('button', { type: 'button', data: { key: 'cancel' }, on: { click: () => this.close() } }, t('cancel')),
        !pin && el('button', { type: 'button', data: { key: 'letters' }, on: { click: () => this.turn() } }, this.letters ? t('ask.digits') : t('ask.letters')),
        this.letters && this.ok,
        this.question && el('button', { type: 'button', data: { key: 'other' }, on: { click: () => this.other() } }, pin ? t('ask.to_badge') : t('ask.to_pin'))));
    this.place.hidden = false;
    this.panel.dataset.pad = this.question ? 'ask' : 'way';
    this.input.focus();
    this.wait();
  }

  button(key) {
    if (key === 'ok') return this.ok;
    const remove = key === 'delete';
    return el('button', {
      type: 'button', data: { key }, 'aria-label': remove && t('ask.delete'),
      // The field keeps the focus, so that fingers and keyboard may take turns.
      on: { pointerdown: (event) => event.preventDefault(), click: () => this.type(remove ? null : key) },
    }, remove ? icon('back') : key);
  }

  type(character) {
    this.input.value = character === null ? this.input.value.slice(0, -1) : this.input.value + character;
    this.error.textContent = '';
    this.wait();
  }

  turn() {
    this.letters = !this.letters;
    const { value } = this.input;
    this.draw();
    this.input.value = value;
  }

  other() {
    this.step = this.step === 'pin' ? 'badge' : 'pin';
    this.letters = false;
    this.draw();
  }

  key(event) {
    if (this.open && event.key === 'Escape') return this.close();
    if (this.open) this.wait();
    return this.scanner.key(event);
  }

  /** A scanner typed a badge, wherever the focus was; false where it is to be a PIN, typed fast. */
  scanned(text) {
    if (!this.open) this.begin('badge', null);
    else if (this.step === 'pin' && !this.question) return false;
    this.step = 'badge';
    this.input.value = text;
    this.submit();
    return true;
  }

  /** Closes the pad when nobody has touched it for a while, or the question is too old. */
  wait(length = Math.min(QUIET, this.ends - performance.now())) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.close(), Math.max(0, length));
  }

  async submit() {
    const value = this.input.value.trim();
    if (!value || !this.open) return;
    if (!this.question && this.step === 'badge' && !this.badgeAlone) {
      this.badge = value;
      this.step = 'pin';
      this.letters = false;
      this.draw();
      return;
    }
    await busy(this.ok, async () => {
      try {
        const payload = this.question ? await this.confirm(value) : await this.punch(value);
        this.close();
        this.greet(payload);
      } catch (problem) {
        this.stumble(problem);
      }
    });
  }

  async confirm(value) {
    const { confirmation, device } = this.question;
    const { data } = await post('/attendance/confirm', { confirmation, device, [this.step]: value }, { patience: PATIENCE });
    return this.happened(data, data.attendance, this.step);
  }

  async punch(value) {
    const badge = this.badge ?? value;
    // The same punch if it has to be sent again: its first answer may have been lost.
    if (this.draft?.badge !== badge) this.draft = { uuid: newUuid(), at: this.now().toISOString(), badge };
    const item = this.badge === null ? { ...this.draft, source: 'badge' } : { ...this.draft, pin: value, source: 'pin' };
    const { data } = await post('/punches', { punches: [item], device: this.device() }, { patience: PATIENCE });
    const [result] = data.results;
    if (!result.success) throw new ApiError(result.error, { status: 422, code: result.code });
    const row = result.attendance_id ? (await get(`/attendance/${result.attendance_id}`)).data : null;
    return this.happened(result, row, item.source);
  }

  happened({ action, reason }, row, source) {
    return { action, reason, source, person_name: row?.person_name, at: action === 'check_out' ? row?.check_out : row?.check_in, duration_minutes: row?.duration_minutes };
  }

  stumble(problem) {
    if (!this.open) return;
    const wrong = problem instanceof ApiError && WRONG.has(problem.code) && !this.question;
    if (wrong) {
      // Which of the two was wrong is not told: it would say which badges there are.
      this.begin('badge', null);
      this.error.textContent = t('ask.wrong');
      return;
    }
    this.draw(words(problem));
    if (OVER.has(problem.code)) this.wait(LAST_WORDS);
  }
}
