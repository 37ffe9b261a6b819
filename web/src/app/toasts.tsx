// Short words about what was done, told to readers too; some offer to take it back.
import { CheckCircle2, TriangleAlert, X } from "lucide-react";
import { useEffect } from "react";
import { create } from "zustand";
import { asProblem } from "../api/problems.ts";
import { stopWaiting, useWaiting } from "../api/waiting.ts";
import { useText } from "../i18n/text.tsx";
import { Button } from "../ui/Button.tsx";
import { problemWords } from "../ui/ErrorBox.tsx";
import { Spinner } from "../ui/Spinner.tsx";

interface Toast {
  id: number;
  text: string;
  /** Its words stand for the text. */
  error?: unknown;
  tone: "ok" | "warn" | "err";
  undo?: { label: string; run: () => void };
  /** What it speaks of: a later one takes its place. */
  about?: string;
}

const SHOWN_MS = 8_000;
let last = 0;

const useToasts = create<{ toasts: Toast[] }>(() => ({ toasts: [] }));

function drop(id: number): void {
  useToasts.setState((state) => ({ toasts: state.toasts.filter((toast) => toast.id !== id) }));
}

function show(toast: Omit<Toast, "id">): void {
  useToasts.setState(({ toasts }) => {
    const others = toasts.filter(({ about }) => about === undefined || about !== toast.about);
    return { toasts: [...others.slice(-3), { id: ++last, ...toast }] };
  });
}

export function tell(text: string, undo?: Toast["undo"]): void {
  show({ text, tone: "ok", ...(undo ? { undo } : {}) });
}

/** Where one is while walking through something: the last step of the walk stays. */
export function tellPlace(about: string, text: string): void {
  show({ text, tone: "ok", about });
}

export function tellProblem(error: unknown): void {
  const { code, message } = asProblem(error);
  show({ text: "", error, tone: "err", about: `${code} ${message}` });
}

/** Why what was asked for by a key is not done; said once, however often the key is pressed. */
export function tellWhy(reason: string): void {
  show({ text: reason, tone: "warn", about: reason });
}

function One({ toast }: { toast: Toast }) {
  const t = useText();
  useEffect(() => {
    if (toast.tone === "err") return; // stays until it is read
    const timer = setTimeout(() => drop(toast.id), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [toast]);
  return (
    <div className={`toast toast-${toast.tone}`}>
      {toast.tone === "ok" ? (
        <CheckCircle2 size={16} aria-hidden="true" />
      ) : (
        <TriangleAlert size={16} aria-hidden="true" />
      )}
      <span className="foreign">
        {toast.error === undefined ? toast.text : problemWords(toast.error, t)}
      </span>
      {toast.undo && (
        <Button
          size="s"
          look="quiet"
          onPress={() => {
            toast.undo?.run();
            drop(toast.id);
          }}
        >
          {toast.undo.label}
        </Button>
      )}
      <Button
        size="s"
        look="quiet"
        icon={<X size={13} />}
        label={t("act.close")}
        onPress={() => drop(toast.id)}
      />
    </div>
  );
}

/** An act without a button of its own is not answered. */
function Waits() {
  const t = useText();
  return (
    <div className="toast toast-warn">
      <Spinner />
      <span>{t("act.waits")}</span>
      <Button size="s" look="quiet" onPress={stopWaiting}>
        {t("act.stopWaiting")}
      </Button>
    </div>
  );
}

export function Toasts() {
  const toasts = useToasts((state) => state.toasts);
  const waits = useWaiting(({ slow, places }) => slow.size > 0 && places.length === 0);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {toasts.map((toast) => (
        <One key={toast.id} toast={toast} />
      ))}
      {waits && <Waits />}
    </div>
  );
}
