/**
 * Who speaks texts, and in which languages.
 *
 * @typedef {object} Language
 * @property {string} code
 * @property {string} name
 *
 * A recording whose voice a character takes.
 * @typedef {object} VoiceSample
 * @property {number} duration seconds
 * @property {{given_by: string, statement: string, recorded_at: string}} consent
 *
 * An engine that turns text into speech.
 * @typedef {object} SpeakerOffer
 * @property {string} name
 * @property {string} summary
 * @property {boolean} available
 * @property {string} lacks
 * @property {string} cure of what it lacks
 * @property {boolean} clones whether it speaks with the voice of a recording
 * @property {string} licence of its program
 * @property {string[]} languages none where it speaks all
 * @property {{name: string, languages: string[]}[]} voices
 *
 * @typedef {object} Voices
 * @property {Language[]} languages
 * @property {string[]} voices
 * @property {SpeakerOffer[]} speakers
 */
export {};
