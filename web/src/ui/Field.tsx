// The plain fields of forms: label above, help and error below, all tied together for readers.

import { Check, ChevronDown, Search, X } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useId } from "react";
import {
  Button as AriaButton,
  Checkbox as AriaCheckbox,
  Select as AriaSelect,
  Switch as AriaSwitch,
  TextField as AriaTextField,
  FieldError,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  SelectValue,
  Text,
  TextArea,
} from "react-aria-components";
import { cx } from "./cx.ts";

interface Common {
  label: string;
  /** The label is for readers only: the place says it to the eye. */
  hideLabel?: boolean;
  help?: ReactNode;
  error?: string | undefined;
  required?: boolean;
  disabled?: boolean;
  readOnly?: boolean;
  className?: string;
}

export interface TextFieldProps extends Common {
  value: string;
  onChange: (value: string) => void;
  name?: string;
  type?: "text" | "password" | "email" | "url" | "search" | "date" | "time";
  autoComplete?: string;
  inputMode?: "numeric" | "decimal" | "text";
  placeholder?: string;
  multiline?: boolean;
  rows?: number;
  mono?: boolean;
  autoFocus?: boolean;
  maxLength?: number;
  /** What it may be, offered while it is typed. */
  offers?: readonly string[];
  onBlur?: () => void;
}

function FieldLabel({ label, hideLabel, required }: Common) {
  return (
    <Label className={cx("field-label", hideLabel && "visually-hidden")}>
      {label}
      {required && (
        <span className="field-required" aria-hidden="true">
          {" "}
          *
        </span>
      )}
    </Label>
  );
}

function FieldNotes({ help, error }: Common) {
  return (
    <>
      {help !== undefined && help !== "" && (
        <Text slot="description" className="field-help">
          {help}
        </Text>
      )}
      <FieldError className="field-error">{error}</FieldError>
    </>
  );
}

export function TextField(props: TextFieldProps) {
  const offers = useId();
  const inner = {
    className: cx("input", props.mono && "mono"),
    placeholder: props.placeholder,
    spellCheck: props.mono ? false : undefined,
  };
  return (
    <AriaTextField
      className={cx("field", props.className)}
      value={props.value}
      onChange={props.onChange}
      name={props.name}
      type={props.type ?? "text"}
      autoComplete={props.autoComplete ?? "off"}
      inputMode={props.inputMode}
      isRequired={props.required ?? false}
      validationBehavior="aria"
      isDisabled={props.disabled ?? false}
      isReadOnly={props.readOnly ?? false}
      isInvalid={Boolean(props.error)}
      maxLength={props.maxLength}
      autoFocus={props.autoFocus ?? false}
      {...(props.onBlur ? { onBlur: props.onBlur } : {})}
    >
      <FieldLabel {...props} />
      {props.multiline ? (
        <TextArea {...inner} rows={props.rows ?? 4} />
      ) : (
        <Input {...inner} list={props.offers && offers} />
      )}
      {props.offers && (
        <datalist id={offers}>
          {props.offers.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
      )}
      <FieldNotes {...props} />
    </AriaTextField>
  );
}

/** A search with its glass and a cross; `/` finds the first of a page by its role. */
export function SearchField(props: {
  label: string;
  value: string;
  placeholder?: string;
  onChange: (value: string) => void;
  onKey?: (event: KeyboardEvent) => void;
}) {
  return (
    <div className="search">
      <Search size={14} aria-hidden="true" />
      <input
        type="search"
        className="input"
        aria-label={props.label}
        placeholder={props.placeholder ?? props.label}
        value={props.value}
        onChange={(event) => props.onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape" && props.value !== "") {
            event.stopPropagation();
            props.onChange("");
          } else {
            props.onKey?.(event);
          }
        }}
      />
      {props.value !== "" && (
        <button
          type="button"
          className="search-clear"
          aria-label={`${props.label}: ×`}
          onClick={() => props.onChange("")}
        >
          <X size={13} aria-hidden="true" />
        </button>
      )}
    </div>
  );
}

export interface Choice {
  value: string;
  label: string;
  help?: string;
}

export interface SelectProps extends Common {
  value: string | undefined;
  choices: readonly Choice[];
  onChange: (value: string) => void;
  placeholder?: string;
  /** Without a frame, for tool bars: "Label: Value". */
  inline?: boolean;
}

export function Select(props: SelectProps) {
  return (
    <AriaSelect
      className={cx("field", props.inline && "field-inline", props.className)}
      value={props.value ?? null}
      onChange={(key) => props.onChange(String(key))}
      isRequired={props.required ?? false}
      validationBehavior="aria"
      isDisabled={props.disabled ?? false}
      isInvalid={Boolean(props.error)}
      placeholder={props.placeholder ?? ""}
    >
      <FieldLabel {...props} hideLabel={props.hideLabel ?? false} />
      <AriaButton className="select-button">
        <SelectValue className="select-value truncate" />
        <ChevronDown size={14} aria-hidden="true" />
      </AriaButton>
      <FieldNotes {...props} />
      <Popover className="popover select-popover" offset={4}>
        <ListBox
          className="menu"
          items={props.choices.map((choice) => ({ ...choice, id: choice.value }))}
        >
          {(choice) => (
            <ListBoxItem id={choice.value} textValue={choice.label} className="menu-item">
              {({ isSelected }) => (
                <>
                  <span className="menu-text">
                    <span className="truncate foreign">{choice.label}</span>
                    {choice.help && <span className="menu-help">{choice.help}</span>}
                  </span>
                  {isSelected && <Check size={14} aria-hidden="true" />}
                </>
              )}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </AriaSelect>
  );
}

interface TickProps {
  children: ReactNode;
  checked: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean;
  indeterminate?: boolean;
}

export function Checkbox(props: TickProps) {
  return (
    <AriaCheckbox
      className="checkbox"
      isSelected={props.checked}
      isIndeterminate={props.indeterminate ?? false}
      isDisabled={props.disabled ?? false}
      onChange={props.onChange}
    >
      <span className="checkbox-box" aria-hidden="true">
        <Check size={12} strokeWidth={3} />
      </span>
      <span>{props.children}</span>
    </AriaCheckbox>
  );
}

export function Switch(props: TickProps) {
  return (
    <AriaSwitch
      className="switch"
      isSelected={props.checked}
      isDisabled={props.disabled ?? false}
      onChange={props.onChange}
    >
      <span className="switch-track" aria-hidden="true">
        <span className="switch-thumb" />
      </span>
      <span>{props.children}</span>
    </AriaSwitch>
  );
}
