// A button. One that may not be pressed says why: it stays focusable and shows the reason.
import { type ReactNode, type Ref, useEffect, useState } from "react";
import { Button as AriaButton, Focusable, TooltipTrigger } from "react-aria-components";
import { addPlace, stopWaiting, useWaiting } from "../api/waiting.ts";
import { useText } from "../i18n/text.tsx";
import { cx } from "./cx.ts";
import { Spinner } from "./Spinner.tsx";
import { Tip } from "./Tip.tsx";

export type ButtonLook = "primary" | "plain" | "quiet" | "danger";

export interface ButtonProps {
  children?: ReactNode;
  look?: ButtonLook;
  size?: "s" | "m";
  icon?: ReactNode;
  /** Needed when there is only an icon; shown as its tip, too. */
  label?: string;
  /** Why it cannot be pressed now. Empty or absent: it can. */
  reason?: string | undefined;
  disabled?: boolean | undefined;
  pending?: boolean | undefined;
  type?: "button" | "submit";
  pressed?: boolean;
  className?: string;
  form?: string;
  autoFocus?: boolean;
  slot?: "close";
  ref?: Ref<HTMLButtonElement>;
  onPress?: () => void;
}

function looks({ look = "plain", size = "m", icon, children, className }: ButtonProps): string {
  const bare = icon !== undefined && (children === undefined || children === null);
  return cx(
    "button",
    `button-${look}`,
    size === "s" && "button-s",
    bare && "button-icon",
    className,
  );
}

function Refused(props: ButtonProps & { reason: string }) {
  return (
    <TooltipTrigger delay={150}>
      <Focusable>
        <button
          type="button"
          aria-disabled="true"
          aria-label={props.label}
          className={looks(props)}
          ref={props.ref}
        >
          {props.icon}
          {props.children}
        </button>
      </Focusable>
      <Tip>{props.reason}</Tip>
    </TooltipTrigger>
  );
}

/** What was asked for takes long: it can be given up, and what was typed stays. */
function Waits() {
  const t = useText();
  const [place] = useState(() => Symbol());
  const isHere = useWaiting(({ slow, places }) => slow.size > 0 && places[0] === place);
  useEffect(() => addPlace(place), [place]);
  if (!isHere) return null;
  return (
    <span className="button-waits">
      <span role="status">{t("act.waits")}</span>
      <AriaButton className="button button-quiet button-s" onPress={stopWaiting}>
        {t("act.stopWaiting")}
      </AriaButton>
    </span>
  );
}

export function Button(props: ButtonProps) {
  const { reason, label, icon, children, pending } = props;
  if (reason) return <Refused {...props} reason={reason} />;
  const button = (
    <AriaButton
      ref={props.ref}
      // While it is under way a press does nothing; it keeps the focus.
      type={pending ? "button" : (props.type ?? "button")}
      className={looks(props)}
      isDisabled={props.disabled ?? false}
      aria-label={label}
      aria-pressed={props.pressed}
      form={props.form}
      autoFocus={props.autoFocus}
      {...(props.slot ? { slot: props.slot } : {})}
      {...(props.onPress && !pending ? { onPress: props.onPress } : {})}
    >
      {pending ? <Spinner /> : icon}
      {children}
    </AriaButton>
  );
  const worded = !label || (children !== undefined && children !== null);
  return (
    <>
      {worded ? (
        button
      ) : (
        <TooltipTrigger delay={500}>
          {button}
          <Tip>{label}</Tip>
        </TooltipTrigger>
      )}
      {pending && <Waits />}
    </>
  );
}
