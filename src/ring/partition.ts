/** Stub to be written. @module */
export type Strategy = 1 | 2 | 3;
