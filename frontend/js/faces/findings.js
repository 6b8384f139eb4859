/** What is wrong with the registered pictures, for those who may see faces: who to look at, and why. */
import { get } from '../api.js';
import { el, fill } from '../dom.js';
import { icon } from '../icons.js';
import { t } from '../i18n.js';

const SHOWN = 20;

export class FindingsView {
  /** `onOpen(personId)` opens a person; `odd` holds the ids of pictures to look at. */
  constructor(place, { onOpen }) {
    Object.assign(this, { place, onOpen, odd: new Set() });
  }

  async load() {
    let data;
    try {
      ({ data } = await get('/faces/findings', { limit: SHOWN }));
    } catch {
      this.place.hidden = true; // the list of people says what is wrong with the server
      return;
    }
    this.odd = new Set([...data.harmful, ...data.disagreeing].map((one) => one.face_id));
    this.show(data);
  }

  show({ counts, ...data }) {
    const lines = [
      ...data.harmful.map((one) => this.line('harmful', one.person, one.other)),
      ...data.disagreeing.map((one) => this.line('disagreeing', one.person)),
      ...data.alike.map((pair) => this.line('alike', pair.person, pair.other)),
    ];
    const all = counts.harmful + counts.disagreeing + counts.alike;
    const more = all - lines.length;
    const open = this.place.querySelector('details')?.open;
    this.place.hidden = all === 0 && counts.few === 0;
    fill(this.place, el('details', { open: open ?? false },
      el('summary', {}, icon('warning'), t('findings.title'), all > 0 && el('span', { class: 'count' }, all)),
      el('ul', {}, lines,
        more > 0 && el('li', { class: 'muted' }, t('findings.more', { count: more })),
        counts.few > 0 && el('li', { class: 'muted' }, t('findings.few', { count: counts.few })))));
  }

  line(kind, one, other = null) {
    return el('li', {}, el('button', { type: 'button', class: 'plain', on: { click: () => this.onOpen(one.person_id) } },
      t(`findings.${kind}`, { one: one.name, other: other?.name ?? '?' })));
  }
}
