/**
 * What somebody at the door is asked to do to show that it is no picture: the words, the arrow, and how
 * far they are. The server draws the moves and judges them; this only shows what it asks for.
 */
import { t } from '../i18n.js';

const SIGNS = { look_ahead: 'face', turn_left: 'turn_left', turn_right: 'turn_right', come_closer: 'closer' };

/** `{move, done, of}` of the server as a message of the greeter. */
export function moveMessage({ move, done, of }) {
  const known = move in SIGNS;
  const word = known ? move : 'look_ahead';
  const step = Math.min(done + 1, of);
  return {
    mood: 'asked',
    sign: SIGNS[word],
    title: t(`kiosk.move.${word}`),
    text: t(`kiosk.move.${word}.more`),
    quiet: t('kiosk.move.step', { step, of }),
  };
}
