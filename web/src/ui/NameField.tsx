// What people call a thing: as many characters as the program takes, of any writing. What is typed
// beyond them does not come, which is said.
import { useText } from "../i18n/text.tsx";
import { TextField, type TextFieldProps } from "./Field.tsx";

const MOST = 200;

export function NameField(props: Omit<TextFieldProps, "maxLength">) {
  const t = useText();
  const isFull = props.value.length >= MOST;
  return (
    <TextField
      {...props}
      maxLength={MOST}
      help={isFull ? <span role="status">{t("form.full", { most: MOST })}</span> : props.help}
    />
  );
}
