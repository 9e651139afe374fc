/** @typedef {import("./performance_types.js").EmotionLabel} EmotionLabel */

/** What each emotion means where nothing else is said: valence and arousal. @type {Record<EmotionLabel, [number, number]>} */
export const EMOTIONS = { neutral: [0, 0], happy: [0.8, 0.4], sad: [-0.6, -0.4], angry: [-0.6, 0.7], fearful: [-0.6, 0.6], disgusted: [-0.6, 0.3], surprised: [0.1, 0.7] };
