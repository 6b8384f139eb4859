/**
 * Registering a face: consent first, then pictures from the browser's camera or from files. Each
 * picture is sent by itself, so that each gets its own verdict at once and a bad one does not
 * spoil the others.
 */
import { personPath, post, words } from '../api.js';
import { cameraAllowed, cameraProblem, closeCamera, dataUrl, openCamera, takePicture } from '../camera.js';
import { busy, el, fill } from '../dom.js';
import { icon } from '../icons.js';
import { t, tOr } from '../i18n.js';
import { chip, notice } from '../shell.js';

const ENOUGH = 3;
const LARGEST = 20_000_000;

export class Registration {
  constructor(person, { onRegistered }) {
    Object.assign(this, { person, onRegistered, good: 0 });
    this.agreed = el('input', { type: 'checkbox', id: 'consent', on: { change: () => this.allow() } });
    this.video = el('video', { class: 'mirrored', muted: true, playsinline: true, 'aria-label': t('register.live') });
    this.video.muted = true;
    this.stage = el('div', { class: 'finder', hidden: true }, this.video, el('div', { class: 'guide', 'aria-hidden': 'true' }));
    this.start = this.button('camera', t('register.camera'), () => this.openCamera());
    this.shoot = this.button('face', t('register.shoot'), () => this.shootNow(), 'primary');
    this.shoot.id = 'shoot';
    this.shoot.hidden = true;
    this.files = el('input', { type: 'file', accept: 'image/*', multiple: true, class: 'visually-hidden', id: 'files', tabindex: '-1', 'aria-hidden': 'true', on: { change: () => this.takeFiles() } });
    this.upload = this.button('upload', t('register.upload'), () => this.files.click());
    this.upload.id = 'upload';
    this.start.id = 'camera';
    this.problem = el('div', { role: 'alert' });
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
      this.stage, this.problem,
      el('div', { class: 'actions' }, this.shoot, this.start, this.upload, this.files),
      this.progress, this.shots);
  }

  button(sign, text, work, kind = '') {
    return el('button', { type: 'button', class: kind, on: { click: work } }, icon(sign), text);
  }

  allow() {
    const allowed = this.agreed.checked;
    for (const button of [this.start, this.shoot, this.upload]) button.disabled = !allowed;
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
      this.stage.hidden = false;
      try {
        await openCamera(this.video);
      } catch (problem) {
        this.stage.hidden = true;
        fill(this.problem, notice('warn', `${cameraProblem(problem)} ${t('camera.upload.instead')}`));
        return;
      }
      this.start.hidden = true;
      this.shoot.hidden = false;
      this.shoot.focus();
    });
  }

  /** Ends the camera. */
  close() {
    closeCamera(this.video);
    this.stage.hidden = true;
    this.shoot.hidden = true;
    this.start.hidden = !cameraAllowed();
  }

  shootNow() {
    return busy(this.shoot, async () => {
      const picture = await takePicture(this.video);
      if (picture) await this.send(picture);
      this.shoot.focus();
    });
  }

  takeFiles() {
    const files = [...this.files.files];
    this.files.value = '';
    return busy(this.upload, async () => {
      for (const file of files) await this.send(file, file.name);
    });
  }

  async send(picture, name = '') {
    const address = URL.createObjectURL(picture);
    const verdict = el('div', { class: 'verdict' }, el('span', { class: 'spinner', 'aria-hidden': 'true' }), t('register.looking'));
    this.shots.prepend(el('li', {}, el('img', { src: address, alt: name || t('register.shot'), on: { load: () => URL.revokeObjectURL(address) } }), verdict));
    try {
      if (picture.size > LARGEST) throw new Error(t('register.toolarge'));
      const image = await dataUrl(picture);
      const { data } = await post(personPath(this.person.person_id, '/register-face'), { image, consent: this.agreed.checked });
      this.good += 1;
      fill(verdict, chip('good', 'check', t('register.good')), el('p', { class: 'small' }, goodWords(data.quality?.[0])));
      this.showProgress();
      await this.onRegistered();
    } catch (problem) {
      fill(verdict, chip('bad', 'warning', tOr('verdict', problem.code, t('register.bad'))), el('p', { class: 'small' }, tOr('mend', problem.code, problem.code ? words(problem) : problem.message)));
    }
  }
}

function goodWords(quality) {
  if (!quality?.width_px) return '';
  return t('register.measure', { width: quality.width_px, turn: Math.abs(Math.round(quality.yaw_degrees ?? 0)) });
}
