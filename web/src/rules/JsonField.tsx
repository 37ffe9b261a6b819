/* A field for any JSON: what is typed counts as soon as it is JSON; until then it says what is wrong. */
import { useEffect, useState } from "react";
import { useText } from "../i18n/text.tsx";
import { type Json, JsonError, parseJson, sameJson, writeJson } from "../model/json.ts";
import { TextField } from "../ui/Field.tsx";

function read(text: string): { value?: Json; fault?: string } {
  try {
    return { value: parseJson(text) };
  } catch (error) {
    return { fault: error instanceof JsonError ? error.message : String(error) };
  }
}

export function JsonField(props: {
  label: string;
  value: Json | undefined;
  readOnly: boolean;
  onChange: (value: Json) => void;
  onLeave: () => void;
}) {
  const t = useText();
  const { value } = props;
  const [text, setText] = useState(() => writeJson(value ?? null, 2, 60));
  const now = read(text);
  useEffect(() => {
    setText((typed) => {
      const own = read(typed).value;
      return own !== undefined && sameJson(own, value ?? null)
        ? typed
        : writeJson(value ?? null, 2, 60);
    });
  }, [value]);
  return (
    <TextField
      label={props.label}
      multiline
      mono
      rows={Math.min(14, Math.max(2, text.split("\n").length))}
      value={text}
      readOnly={props.readOnly}
      error={now.fault === undefined ? undefined : t("rules.notJson", { fault: now.fault })}
      onBlur={props.onLeave}
      onChange={(next) => {
        setText(next);
        const { value: read_ } = read(next);
        if (read_ !== undefined) {
          props.onChange(read_);
        }
      }}
    />
  );
}
