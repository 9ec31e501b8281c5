// Figures that follow the edits: asked for when a hand pauses, older questions are dropped.

import { ask } from "./base.js";

const PAUSE_MS = 350;

/**
 * Ask the server for corrected figures.
 *
 * @param {{url: string, about: function, onWait: function, onResult: function, onFault: function}} options
 *   `about()` is what is sent beside the edits; `onResult(answer, edits)` gets the answer to the newest question alone.
 * @returns {{follow: function, stop: function}} `follow(edits)` asks soon; `stop()` drops what is on its way.
 */
export function followEdits({ url, about, onWait, onResult, onFault }) {
  let timer = null;
  let asking = null;
  const stop = () => {
    clearTimeout(timer);
    asking?.abort();
    asking = null;
  };
  const question = async (edits) => {
    const mine = new AbortController();
    asking = mine;
    try {
      const answer = await ask(url, { method: "POST", json: { ...about(), edits }, signal: mine.signal });
      if (asking === mine) onResult(answer, edits);
    } catch (error) {
      if (error.name !== "AbortError" && asking === mine) onFault(error);
    }
  };
  return {
    follow: (edits) => {
      stop();
      onWait();
      timer = setTimeout(() => question(edits), PAUSE_MS);
    },
    stop,
  };
}
