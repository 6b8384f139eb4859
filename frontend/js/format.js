/**
 * Times and lengths as people read them. The server sends times in the site's zone with their
 * offset; they are shown as the site's clock shows them, wherever the browser happens to be.
 */
import { locale, t } from './i18n.js';

/** The site's wall clock of an ISO time, as a Date whose UTC parts are that clock's parts. */
function wall(iso) {
  return new Date(`${iso.slice(0, 19)}Z`);
}

/** `08:02`. */
export function clockTime(iso) {
  if (!iso) return '';
  return new Intl.DateTimeFormat(locale, { timeZone: 'UTC', hour: '2-digit', minute: '2-digit' }).format(wall(iso));
}

/** `Monday, 2 March 2026` of an ISO time or of a day such as `2026-03-02`. */
export function longDay(iso) {
  const moment = iso.length > 10 ? wall(iso) : new Date(`${iso}T00:00:00Z`);
  return new Intl.DateTimeFormat(locale, { timeZone: 'UTC', dateStyle: 'full' }).format(moment);
}

/** `2 Mar 2026, 08:02`. */
export function dayAndTime(iso) {
  if (!iso) return '';
  return new Intl.DateTimeFormat(locale, { timeZone: 'UTC', dateStyle: 'medium', timeStyle: 'short' }).format(wall(iso));
}

/** `08:02` of today or last night, else with the day: short enough for a tile. */
export function lately(iso) {
  return Date.now() - Date.parse(iso) < 12 * 3_600_000 ? clockTime(iso) : dayAndTime(iso);
}

/** `7 h 05 min`. */
export function duration(minutes) {
  if (minutes === null || minutes === undefined) return '';
  const whole = Math.max(0, Math.floor(minutes));
  if (whole < 60) return t('time.minutes', { minutes: whole });
  return t('time.hours', { hours: Math.floor(whole / 60), minutes: String(whole % 60).padStart(2, '0') });
}

/** The day `days` later than `day`, both as `2026-03-02`. */
export function shiftDay(day, days) {
  const moment = new Date(`${day}T12:00:00Z`);
  moment.setUTCDate(moment.getUTCDate() + days);
  return moment.toISOString().slice(0, 10);
}

/** Hours since midnight of `day` on the site's clock, 0 to 24, for drawing. */
export function hourOf(iso, day) {
  const hours = (wall(iso) - new Date(`${day}T00:00:00Z`)) / 3_600_000;
  return Math.min(24, Math.max(0, hours));
}
