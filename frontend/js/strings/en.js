/** English: complete. The keys are the same in every language; {names} are filled in. */
import door from './en/door.js';
import people from './en/people.js';
import settings from './en/settings.js';
import shared from './en/shared.js';

export default { ...shared, ...door, ...people, ...settings };
