/* One test: its name, what the rule is called with, what must come; and how it went. */
import { ArrowDown, ArrowUp, Check, Copy, Trash2 } from "lucide-react";
import { useEditor } from "../canvas/context.tsx";
import { useText } from "../i18n/text.tsx";
import { type Json, type JsonArray, type JsonObject, objectOf, textOf } from "../model/json.ts";
import { Button } from "../ui/Button.tsx";
import { Select, TextField } from "../ui/Field.tsx";
import { changeTests } from "./changes.ts";
import { moved } from "./decision.ts";
import { JsonField } from "./JsonField.tsx";
import type { Piece } from "./pieces.ts";
import { functionsOf } from "./references.ts";
import { TreeDiff } from "./TreeDiff.tsx";
import { errorOf, inputMember, type Result } from "./tests.ts";
import { useValueOf } from "./useRuleCheck.ts";

interface FormProps {
  piece: Piece;
  at: number;
  tests: JsonArray;
  result: Result | undefined;
  readOnly: boolean;
  onGone: () => void;
}

function Told({ result, take }: { result: Result; take: ((value: Json) => void) | undefined }) {
  const t = useText();
  if (result.passed) {
    return <p className="test-told tone-text-ok">{t("rules.test.passed")}</p>;
  }
  const error = errorOf(result);
  const { got, expected } = result;
  return (
    <div className="test-told">
      {error !== undefined || expected === undefined ? (
        <p className="tone-text-err foreign">{result.text}</p>
      ) : (
        <TreeDiff before={expected} after={got} />
      )}
      {take !== undefined && error === undefined && got !== undefined && (
        <Button size="s" look="quiet" icon={<Check size={13} />} onPress={() => take(got)}>
          {t("rules.test.take")}
        </Button>
      )}
    </div>
  );
}

function FunctionChoice({
  piece,
  test,
  put,
  readOnly,
}: {
  piece: Piece;
  test: JsonObject;
  put: (name: string, value: Json) => void;
  readOnly: boolean;
}) {
  const t = useText();
  const value = useValueOf(piece);
  const own = textOf(test.function) ?? "";
  const names = functionsOf(textOf(value) ?? "").map((one) => one.name);
  const list = names.includes(own) || own === "" ? names : [own, ...names];
  return (
    <Select
      label={t("rules.test.function")}
      value={own}
      disabled={readOnly}
      choices={list.map((name) => ({ value: name, label: name }))}
      onChange={(name) => put("function", name)}
    />
  );
}

export function TestForm({ piece, at, tests, result, readOnly, onGone }: FormProps) {
  const editor = useEditor();
  const t = useText();
  const test = objectOf(tests[at]);
  const member = inputMember(test);
  const fails = test.error !== undefined;
  const set = (list: JsonArray, name: string, coalesce?: string): void => {
    editor.run(changeTests(editor.getState().draft, piece, list, name, coalesce));
  };
  const change = (next: JsonObject): void =>
    set(
      tests.map((old, i) => (i === at ? next : old)),
      "test",
      `test ${piece.name} ${at}`,
    );
  const put = (name: string, value: Json): void => change({ ...test, [name]: value });
  const turn = (how: string): void => {
    const { expected: _e, error: _f, ...rest } = test;
    change(how === "error" ? { ...rest, error: "" } : { ...rest, expected: null });
  };
  const leave = (): void => editor.settle();
  return (
    <div className="test-form">
      <TextField
        label={t("rules.test.name")}
        value={textOf(test.name) ?? ""}
        readOnly={readOnly}
        onChange={(name) => put("name", name)}
        onBlur={leave}
      />
      {test.function !== undefined && (
        <FunctionChoice piece={piece} test={test} put={put} readOnly={readOnly} />
      )}
      {member === "call" ? (
        <TextField
          label={t("rules.test.call")}
          mono
          value={textOf(test.call) ?? ""}
          readOnly={readOnly}
          onChange={(call) => put("call", call)}
          onBlur={leave}
        />
      ) : (
        <JsonField
          key={`${at} ${member}`}
          label={t(`rules.test.${member}`)}
          value={test[member]}
          readOnly={readOnly}
          onChange={(value) => put(member, value)}
          onLeave={leave}
        />
      )}
      {(["input", "trigger", "steps"] as const)
        .filter((name) => name !== member && test[name] !== undefined)
        .map((name) => (
          <JsonField
            key={`${at} ${name}`}
            label={t(`rules.test.${name === "input" ? "sees" : name}`)}
            value={test[name]}
            readOnly={readOnly}
            onChange={(value) => put(name, value)}
            onLeave={leave}
          />
        ))}
      <Select
        label={t("rules.test.must")}
        value={fails ? "error" : "value"}
        disabled={readOnly}
        choices={[
          { value: "value", label: t("rules.test.mustValue") },
          { value: "error", label: t("rules.test.mustError") },
        ]}
        onChange={turn}
      />
      {fails ? (
        <TextField
          label={t("rules.test.error")}
          value={textOf(test.error) ?? ""}
          readOnly={readOnly}
          onChange={(error) => put("error", error)}
          onBlur={leave}
        />
      ) : (
        <JsonField
          key={`${at} expected`}
          label={t("rules.test.expected")}
          value={test.expected}
          readOnly={readOnly}
          onChange={(value) => put("expected", value)}
          onLeave={leave}
        />
      )}
      {result !== undefined && (
        <Told
          result={result}
          take={readOnly || fails ? undefined : (value) => put("expected", value)}
        />
      )}
      {!readOnly && (
        <div className="test-acts">
          <Button
            size="s"
            look="quiet"
            icon={<ArrowUp size={14} />}
            label={t("rules.up")}
            disabled={at === 0}
            onPress={() => set(moved(tests, at, at - 1), "testMove")}
          />
          <Button
            size="s"
            look="quiet"
            icon={<ArrowDown size={14} />}
            label={t("rules.down")}
            disabled={at === tests.length - 1}
            onPress={() => set(moved(tests, at, at + 1), "testMove")}
          />
          <Button
            size="s"
            look="quiet"
            icon={<Copy size={14} />}
            onPress={() => set([...tests.slice(0, at + 1), ...tests.slice(at)], "testAdd")}
          >
            {t("rules.copy")}
          </Button>
          <Button
            size="s"
            look="quiet"
            icon={<Trash2 size={14} />}
            onPress={() => {
              onGone();
              set(
                tests.filter((_, i) => i !== at),
                "testRemove",
              );
            }}
          >
            {t("rules.test.remove")}
          </Button>
        </div>
      )}
    </div>
  );
}
