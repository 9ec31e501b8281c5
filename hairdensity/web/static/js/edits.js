// The list of edits of one automatic reading: undo, redo, and a draft that survives a reload.

const PREFIX = "hairdensity-edits:";

/**
 * Keep a list of edits.
 *
 * @param {{captureId: string, automaticId: string, person: string, saved: object[], onChange: function}} options
 *   `saved` are the edits of the corrected reading that is shown, none for an automatic one; a draft of the same person
 *   that started from it goes on.
 */
export function keepEdits({ captureId, automaticId, person, saved, onChange }) {
  const key = `${PREFIX}${captureId}:${automaticId}`;
  const state = { saved, edits: saved, redone: [] };
  const draft = readDraft(key);
  const isDraft = draft && draft.person === person && JSON.stringify(draft.saved) === JSON.stringify(saved);
  if (isDraft) Object.assign(state, { edits: draft.edits, redone: draft.redone });
  else if (draft) sessionStorage.removeItem(key);

  const isDirty = () => JSON.stringify(state.edits) !== JSON.stringify(state.saved);
  const change = (edits, redone) => {
    Object.assign(state, { edits, redone });
    if (isDirty()) writeDraft(key, { person, saved: state.saved, edits, redone });
    else sessionStorage.removeItem(key);
    onChange();
  };
  return {
    list: () => state.edits,
    isDirty,
    isRestored: Boolean(isDraft) && isDirty(),
    add: (edit) => change([...state.edits, edit], []),
    canUndo: () => state.edits.length > 0,
    canRedo: () => state.redone.length > 0,
    undo: () => {
      if (state.edits.length) change(state.edits.slice(0, -1), [...state.redone, state.edits.at(-1)]);
    },
    redo: () => {
      if (state.redone.length) change([...state.edits, state.redone.at(-1)], state.redone.slice(0, -1));
    },
    discard: () => change(state.saved, []),
    markSaved: (sent) => {
      state.saved = sent;
      // What was drawn while it was sent stays a draft.
      change(state.edits, isDirty() ? state.redone : []);
    },
  };
}

function readDraft(key) {
  try {
    return JSON.parse(sessionStorage.getItem(key));
  } catch {
    return null;
  }
}

function writeDraft(key, draft) {
  try {
    sessionStorage.setItem(key, JSON.stringify(draft));
  } catch {
    // A full or forbidden storage costs the draft at a reload, never the work on the page.
  }
}
