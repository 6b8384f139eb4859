/**
 * Registering a face: consent first, then pictures from the browser's camera, where a guide goes
 * through the poses, or from files. The guide's pictures are registered together; files one by one,
 * so that a bad one does not spoil the others. Each picture gets its own verdict.
 */
import { personPath, post, words } from '../api.js';
import { cameraAllowed, cameraProblem, dataUrl } from '../camera.js';
import { busy, el, fill } from '../dom.js';
import { icon } from '../icons.js';
import { has, t, tOr } from '../i18n.js';
import { chip, notice } from '../shell.js';
import { askForReason } from './double.js';
import { Guide } from './guide.js';

const ENOUGH = 3;
const LARGEST = 20_000_000;

export class Registration {
  constructor(person, { onRegistered }) {
    Object.assign(this, { person, onRegistered, good: 0 });
    this.agreed = el('input', { type: 'checkbox', id: 'consent', on: { change: () => this.allow() } });
    this.guide = new Guide({ onDone: (pictures) => this.guided(pictures) });
    this.start = this.button('camera', t('register.camera'), () => this.openCamera(), 'primary');
    this.files = el('input', { type: 'file', accept: 'image/*', multiple: true, class: 'visually-hidden', id: 'files', tabindex: '-1', 'aria-hidden': 'true', on: { change: () => this.takeFiles() } });
    this.upload = this.button('upload', t('register.upload'), () => this.files.click());
    this.upload.id = 'upload';
    this.start.id = 'camera';
    this.problem = el('div', { role: 'alert' });
    this.warnings = el('div', { class: 'warnings', role: 'status', 'aria-live': 'polite' });
    this.progress = el('p', { class: 'muted', role: 'status', 'aria-live': 'polite', id: 'progress' });
    this.shots = el('ul', { class: 'shots', 'aria-live': 'polite', 'aria-label': t('register.shots') });
    this.element = this.build();
    this.allow();
  }

  setPerson(person) {
    this.person = person;
    if (person.consent && !this.agreed.checked) {
      this.agreed.checked = true;
      this.allow();
    }
  }

  build() {
    return el('section', { class: 'register', 'aria-labelledby': 'register-title' },
      el('h3', { id: 'register-title' }, t('register.title')),
      el('label', { class: 'tick consent-text', for: 'consent' }, this.agreed, el('span', {},
        el('strong', {}, t('consent.label', { name: this.person.name })), el('span', { class: 'small muted' }, t('consent.text')))),
      this.guide.element, this.problem,
      el('div', { class: 'actions' }, this.start, this.upload, this.files),
      this.progress, this.warnings, this.shots);
  }

  button(sign, text, work, kind = '') {
    return el('button', { type: 'button', class: kind, on: { click: work } }, icon(sign), text);
  }

  allow() {
    const allowed = this.agreed.checked;
    for (const button of [this.start, this.upload]) button.disabled = !allowed;
    if (!allowed) this.close();
    this.showProgress();
    if (cameraAllowed()) return;
    this.start.hidden = true;
    fill(this.problem, notice('info', cameraProblem()));
  }

  showProgress() {
    if (!this.agreed.checked) this.progress.textContent = t('register.consent.first');
    else if (this.good === 0) this.progress.textContent = t('register.hint', { count: ENOUGH });
    else if (this.good < ENOUGH) this.progress.textContent = t('register.some', { good: this.good, enough: ENOUGH });
    else this.progress.textContent = t('register.done', { good: this.good });
  }

  openCamera() {
    return busy(this.start, async () => {
      fill(this.problem);
      try {
        await this.guide.open();
        this.start.hidden = true;
      } catch (problem) {
        fill(this.problem, notice('warn', `${cameraProblem(problem)} ${t('camera.upload.instead')}`));
      }
    });
  }

  /** Ends the camera. */
  close() {
    this.guide.close();
    this.start.hidden = !cameraAllowed();
  }

  async guided(pictures) {
    this.start.hidden = !cameraAllowed();
    this.start.lastChild.textContent = t('guide.again');
    if (!pictures.length) return;
    await this.send(pictures);
    this.start.focus();
  }

  takeFiles() {
    const files = [...this.files.files];
    this.files.value = '';
    return busy(this.upload, async () => {
      for (const file of files) await this.send([file], file.name);
    });
  }

  /** Registers the pictures in one call and shows a verdict for each. */
  async send(pictures, name = '') {
    const verdicts = pictures.map((picture) => this.shot(picture, name));
    let images = [];
    try {
      if (pictures.some((picture) => picture.size > LARGEST)) throw new Error(t('register.toolarge'));
      images = await Promise.all(pictures.map(dataUrl));
      await this.register({ images, consent: this.agreed.checked }, verdicts);
    } catch (problem) {
      this.refused(problem, verdicts, images);
    }
  }

  async register(body, verdicts) {
    const { data } = await post(personPath(this.person.person_id, '/register-face'), body);
    this.good += data.templates;
    data.quality.forEach((quality, index) => showVerdict(verdicts[index], quality));
    fill(this.warnings, data.warnings.map((warning) => notice('warn', this.warned(warning))));
    this.showProgress();
    await this.onRegistered();
  }

  refused(problem, verdicts, images) {
    const each = problem.details?.pictures;
    if (each?.length === verdicts.length) {
      each.forEach((quality, index) => showVerdict(verdicts[index], quality));
      return;
    }
    for (const verdict of verdicts) showRefusal(verdict, problem.code, problem.code ? words(problem) : problem.message);
    if (problem.code === 'belongs_to_another_person') this.offerDouble(problem.details.person_id, verdicts, images);
  }

  /** Two people may look alike: HR may say so, and why. */
  offerDouble(other, verdicts, images) {
    const anyway = this.button('people', t('double.yes'), async () => {
      const reason = await askForReason(this.person.name, other ?? '?');
      if (reason === null) return;
      anyway.remove();
      try {
        await this.register({ images, consent: this.agreed.checked, allow_duplicate_person: true, reason }, verdicts);
      } catch (problem) {
        this.refused(problem, verdicts, images);
      }
    });
    anyway.id = 'double-anyway';
    verdicts[0].append(anyway);
  }

  /** A place in the list for a picture; answers where its verdict goes. */
  shot(picture, name) {
    const address = URL.createObjectURL(picture);
    const verdict = el('div', { class: 'verdict' }, el('span', { class: 'spinner', 'aria-hidden': 'true' }), t('register.looking'));
    this.shots.prepend(el('li', {}, el('img', { src: address, alt: name || t('register.shot'), on: { load: () => URL.revokeObjectURL(address) } }), verdict));
    return verdict;
  }

  warned({ code, text, name }) {
    return has(`warning.${code}`) ? t(`warning.${code}`, { name: this.person.name, other: name ?? '?' }) : text;
  }
}

function showVerdict(place, quality) {
  if (quality.ok) fill(place, chip('good', 'check', t('register.good')), el('p', { class: 'small' }, goodWords(quality)));
  else showRefusal(place, quality.reasons[0], quality.advice);
}

function showRefusal(place, code, text) {
  fill(place, chip('bad', 'warning', tOr('verdict', code, t('register.bad'))), el('p', { class: 'small' }, tOr('mend', code, text)));
}

function goodWords(quality) {
  if (!quality.width_px) return '';
  return t('register.measure', { width: quality.width_px, turn: Math.abs(Math.round(quality.yaw_degrees ?? 0)) });
}
