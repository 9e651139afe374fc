/**
 * What a performance is made of, as the service tells it. Times are seconds from the start of the sound.
 *
 * @typedef {"neutral" | "happy" | "sad" | "angry" | "fearful" | "disgusted" | "surprised"} EmotionLabel
 *
 * @typedef {object} DirectedEmotion
 * @property {EmotionLabel} label
 * @property {number} valence -1 to 1
 * @property {number} arousal -1 to 1
 *
 * @typedef {"blink_rate" | "head_tilt" | "expression_intensity" | "mouth_openness" | "eyebrow_raise" | "head_motion" | "gaze_contact" | "smile" | "energy"} ControlName
 *
 * @typedef {Record<ControlName, number> & {emotion: DirectedEmotion}} Controls
 *
 * @typedef {object} Segment control parameters that hold from `start` to `end`, in place of the clip's own
 * @property {number} start
 * @property {number} end
 * @property {Controls} controls
 *
 * @typedef {object} Cue
 * @property {string} action
 * @property {number} at the moment of its peak
 * @property {number | null} word index of the word that it belongs to
 * @property {number} intensity 0 to 1
 * @property {number} duration
 * @property {number} direction -1 the subject's right to 1 the subject's left
 *
 * @typedef {object} Score a performance
 * @property {number} version
 * @property {Controls} controls
 * @property {readonly Segment[]} segments
 * @property {readonly Cue[]} cues
 *
 * @typedef {object} SpokenWord
 * @property {string} text
 * @property {number} start
 * @property {number} end
 *
 * @typedef {object} Spoken what is said and how
 * @property {number} duration
 * @property {SpokenWord[]} words
 * @property {{time: number, strength: number}[]} emphases
 * @property {{step_seconds: number, peaks: number[]}} waveform peaks, 1 at full scale
 *
 * @typedef {"pitch" | "yaw" | "roll" | "gaze_yaw" | "gaze_pitch" | "blink" | "brow" | "smile" | "jaw" | "lean"} CurveName
 *
 * @typedef {object} Curves the motion that comes of a performance
 * @property {number} fps points a second: point `i` lies at `i / fps` seconds
 * @property {number} frames how many points
 * @property {number} step how many frames of the video a point stands for
 * @property {Record<CurveName, number[]>} curves
 *
 * @typedef {{kind: "cue", index: number} | {kind: "segment", index: number} | {kind: "clip"}} Selection
 */
export {};
