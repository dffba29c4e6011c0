// The editor of the practice page: CodeMirror with what Python needs, and nothing that the page does not use.
import { defaultKeymap, history, historyKeymap, indentWithTab, temporarilySetTabFocusMode } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { bracketMatching, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { parser } from "@lezer/python";

const colour = (name) => ({ color: `var(--code-${name})` });
const highlighting = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.controlKeyword, tags.definitionKeyword, tags.moduleKeyword], ...colour("keyword") },
  { tag: [tags.string, tags.special(tags.string)], ...colour("string") },
  { tag: [tags.number, tags.bool, tags.null], ...colour("number") },
  { tag: tags.comment, ...colour("comment"), fontStyle: "italic" },
  { tag: [tags.function(tags.definition(tags.variableName)), tags.definition(tags.className)], ...colour("definition") },
]);

/**
 * Make an editor in `parent`. `changed(text)` is called after each change; lines are numbered from `firstLine()`, as in the whole file;
 * `keys` are bindings that come first.
 */
export function makeEditor(parent, label, changed, firstLine, keys = []) {
  const setUp = [
    keymap.of([...keys, { key: "Escape", run: temporarilySetTabFocusMode }, ...defaultKeymap, ...historyKeymap, indentWithTab]),
    lineNumbers({ formatNumber: (line) => String(line + firstLine() - 1) }),
    history(),
    drawSelection(),
    indentOnInput(),
    bracketMatching(),
    highlightActiveLine(),
    indentUnit.of("    "),
    EditorState.tabSize.of(4),
    python(),
    syntaxHighlighting(highlighting),
    EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0", spellcheck: "false", autocapitalize: "off", autocorrect: "off" }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) changed(update.state.doc.toString());
    }),
  ];
  const stateOf = (doc) => EditorState.create({ doc, extensions: setUp });
  const view = new EditorView({ state: stateOf(""), parent });
  return {
    text: () => view.state.doc.toString(),
    // A new state, so that "undo" does not lead back into another task.
    show: (text) => view.setState(stateOf(text)),
    // One change, which can be undone.
    replace: (text) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }),
  };
}

/** The definitions at the top of a Python file: [{ name, start, end }], decorators within; and the place of the first error, or -1. */
export function definitionsOf(text) {
  const found = [];
  let broken = -1;
  const tree = parser.parse(text);
  tree.iterate({
    enter: (node) => {
      if (node.type.isError && broken < 0) broken = node.from;
    },
  });
  for (let node = tree.topNode.firstChild; node; node = node.nextSibling) {
    const inner = node.name === "DecoratedStatement" ? node.lastChild : node;
    if (inner.name !== "FunctionDefinition" && inner.name !== "ClassDefinition") continue;
    const name = inner.getChild("VariableName");
    if (name) found.push({ name: text.slice(name.from, name.to), start: node.from, end: node.to });
  }
  return { found, broken };
}
