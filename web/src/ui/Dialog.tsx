// A dialog over the page: title, content, and a foot of buttons. Esc, Back and the cross close it.

import { X } from "lucide-react";
import type { ReactNode } from "react";
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { Button } from "./Button.tsx";
import { cx } from "./cx.ts";
import { useBack } from "./useBack.ts";

export interface DialogProps {
  title: ReactNode;
  open: boolean;
  onClose: () => void;
  children: ReactNode;
  foot?: ReactNode;
  /** "xl" takes the window's height, too: what is in it scrolls by itself. */
  size?: "s" | "m" | "l" | "xl";
  /** An alert must be answered: a click beside it does nothing. */
  alert?: boolean;
  /** Cannot be left at all, for a session that has ended. */
  locked?: boolean;
  closeLabel: string;
}

export function Dialog(props: DialogProps) {
  useBack(props.open, () => {
    if (!props.locked) props.onClose();
  });
  return (
    <ModalOverlay
      className="veil"
      isOpen={props.open}
      isDismissable={!props.alert && !props.locked}
      isKeyboardDismissDisabled={props.locked ?? false}
      onOpenChange={(open) => {
        if (!open) props.onClose();
      }}
    >
      <Modal className={cx("dialog", `dialog-${props.size ?? "m"}`)}>
        <AriaDialog className="dialog-inner" role={props.alert ? "alertdialog" : "dialog"}>
          <header className="dialog-head">
            <Heading slot="title" level={2}>
              {props.title}
            </Heading>
            {!props.locked && (
              <Button
                look="quiet"
                size="s"
                icon={<X size={16} />}
                label={props.closeLabel}
                onPress={props.onClose}
              />
            )}
          </header>
          <div className="dialog-body">{props.children}</div>
          {props.foot && <footer className="dialog-foot">{props.foot}</footer>}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}
