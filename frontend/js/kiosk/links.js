/** The state of the two things a kiosk stands on, the server and the camera, always in sight. */
import { el, fill } from '../dom.js';
import { icon } from '../icons.js';
import { t } from '../i18n.js';

export class Links {
  constructor(place, greeter) {
    this.place = place;
    this.greeter = greeter;
    this.server = null;
    this.camera = null;
    this.why = null;
    this.trouble = null;
    this.show();
  }

  /** `server`, `camera`: true, false, or null where not known yet; `why`: words about the camera; `trouble`: why nothing is recorded although both are there. */
  set({ server = this.server, camera = this.camera, why = null, trouble = null }) {
    if (server === this.server && camera === this.camera && why === this.why && trouble === this.trouble) return;
    Object.assign(this, { server, camera, why, trouble });
    this.show();
  }

  show() {
    fill(this.place, this.line('server', this.server, 'online'), this.line('camera', this.camera, 'camera'));
    if (this.server === false) this.greeter.setLost({ sign: 'offline', title: t('kiosk.lost.server'), text: t('kiosk.lost.server.more') });
    else if (this.camera === false) this.greeter.setLost({ sign: 'blind', title: t('kiosk.lost.camera'), text: this.why ?? t('kiosk.lost.camera.more') });
    else if (this.trouble) this.greeter.setLost({ sign: 'warning', title: t('kiosk.lost.record'), text: this.trouble });
    else this.greeter.setLost(null);
  }

  line(what, state, sign) {
    const word = state === null ? 'waiting' : state ? 'good' : 'bad';
    return el('span', { class: word, data: { link: what, state: word } }, icon(state === false ? (what === 'camera' ? 'blind' : 'offline') : sign), t(`kiosk.link.${what}.${word}`));
  }
}
