/** One person: who it is, the consent, the faces there are, and the way to register more. */
import { get, personPath, remove, words } from '../api.js';
import { busy, el, fill, initials } from '../dom.js';
import { dayAndTime } from '../format.js';
import { icon } from '../icons.js';
import { t, tOr } from '../i18n.js';
import { ask, chip, empty, notice, say } from '../shell.js';
import { driftNotice, learntLine } from './learnt.js';
import { proofSection } from './proof.js';
import { Registration } from './registration.js';

const FIELDS = ['department', 'position', 'email', 'phone'];

export class PersonView {
  constructor(place, { onChange, onClose, isOdd }) {
    Object.assign(this, { place, onChange, onClose, isOdd, personId: null, scopes: [], registration: null });
    window.addEventListener('pagehide', () => this.registration?.close());
  }

  setScopes(scopes) {
    this.scopes = scopes;
  }

  may(scope) {
    return this.scopes.includes('*') || this.scopes.includes(scope);
  }

  /** Shows that person, or an invitation to choose one where null. */
  async open(personId) {
    this.registration?.close();
    this.registration = null;
    this.personId = personId;
    if (personId === null) return fill(this.place, empty('face', t('person.choose')));
    fill(this.place, el('p', { class: 'muted' }, t('loading')));
    await this.refresh();
    this.place.focus({ preventScroll: true });
    return window.scrollTo(0, 0);
  }

  async refresh() {
    const personId = this.personId;
    try {
      const [{ data: person }, faces] = await Promise.all([get(personPath(personId)), this.faces(personId)]);
      if (personId === this.personId) this.show(person, faces);
    } catch (problem) {
      fill(this.place, this.backButton(), notice('bad', words(problem)));
    }
  }

  async faces(personId) {
    if (!this.may('faces:read')) return null;
    return (await get(personPath(personId, '/faces'))).data.faces;
  }

  show(person, faces) {
    // A registration under way keeps its camera and its pictures while the rest is drawn anew.
    this.registration ??= this.may('faces:write') ? new Registration(person, { onRegistered: () => this.changed() }) : null;
    this.registration?.setPerson(person);
    fill(this.place, this.head(person), driftNotice(person.person_id), person.must_enrol_again && notice('warn', t('faces.again.why')), this.consent(person), faces && this.faceList(person, faces), proofSection(person, this.may('persons:write'), () => this.changed()), this.registration?.element);
  }

  async changed() {
    await this.onChange();
    await this.refresh();
  }

  backButton() {
    return el('button', { type: 'button', class: 'plain back', on: { click: () => this.onClose() } }, icon('back'), t('person.back'));
  }

  head(person) {
    const facts = FIELDS.filter((name) => person[name]).map((name) => el('div', {}, el('dt', {}, t(`person.${name}`)), el('dd', {}, person[name])));
    return el('div', { class: 'person-head' }, this.backButton(),
      el('div', { class: 'who-is' },
        el('span', { class: `avatar ${person.has_face ? '' : 'none'}`, 'aria-hidden': 'true' }, initials(person.name)),
        el('div', {}, el('h2', {}, person.name), el('p', { class: 'muted' }, person.person_id))),
      facts.length > 0 && el('dl', { class: 'facts' }, facts));
  }

  consent(person) {
    if (!person.consent) return el('p', { class: 'consent' }, chip('', 'question', t('consent.none')));
    return el('div', { class: 'consent' }, chip('good', 'check', t('consent.given')),
      this.may('faces:write') && el('button', { type: 'button', class: 'plain', on: { click: (event) => this.withdraw(person, event.currentTarget) } }, t('consent.withdraw')));
  }

  faceList(person, faces) {
    const list = faces.length ? el('ul', { class: 'faces' }, faces.map((face, index) => this.face(person, face, index)))
      : el('p', { class: 'muted' }, t('faces.none.yet'));
    return el('section', { 'aria-labelledby': 'faces-title' },
      el('div', { class: 'card-head' }, el('h3', { id: 'faces-title' }, t('faces.registered')), el('span', { class: 'count' }, faces.length),
        faces.length > 1 && this.may('faces:write') && el('button', { type: 'button', class: 'danger', on: { click: (event) => this.deleteAll(person, event.currentTarget) } }, t('faces.delete.all'))),
      list, learntLine(person, faces, this.may('faces:write'), (...about) => this.dangerous(...about)));
  }

  face(person, face, index) {
    const size = face.quality?.width_px ? t('faces.size', { width: face.quality.width_px }) : '';
    return el('li', {}, icon('face'),
      el('span', { class: 'main' }, t('faces.number', { number: index + 1 }), el('span', { class: 'small muted' }, [face.in_force ? '' : t('faces.other'), tOr('source', face.source, face.source), size, dayAndTime(face.created_at)].filter(Boolean).join(' · '))),
      this.isOdd(face.face_id) && chip('warn', 'warning', t('findings.odd')),
      this.may('faces:write') && el('button', {
        type: 'button', class: 'plain square', 'aria-label': t('faces.delete.one', { number: index + 1 }), title: t('faces.delete.one', { number: index + 1 }),
        on: { click: (event) => this.delete(person, face, event.currentTarget) },
      }, icon('trash')));
  }

  delete(person, face, button) {
    return this.dangerous(button, t('faces.delete.ask', { name: person.name }), t('faces.delete'), async () => {
      await remove(personPath(person.person_id, `/faces/${encodeURIComponent(face.face_id)}`));
      return t('faces.deleted');
    });
  }

  deleteAll(person, button) {
    return this.dangerous(button, t('faces.delete.all.ask', { name: person.name }), t('faces.delete.all'), async () => {
      await remove(personPath(person.person_id, '/faces'));
      return t('faces.deleted.all');
    });
  }

  withdraw(person, button) {
    return this.dangerous(button, t('consent.withdraw.ask', { name: person.name }), t('consent.withdraw'), async () => {
      await remove(personPath(person.person_id, '/consent'));
      return t('consent.withdrawn');
    });
  }

  async dangerous(button, question, yes, work) {
    if (!await ask(question, yes)) return;
    await busy(button, async () => {
      try {
        say(await work());
        await this.changed();
      } catch (problem) {
        say(words(problem), 'bad');
      }
    });
  }
}
