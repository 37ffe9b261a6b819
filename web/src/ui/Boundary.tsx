// Keeps a fault of ours inside the part of the screen where it happened.
import { Component, type ReactNode } from "react";
import { Problem } from "../api/problems.ts";
import { ErrorBox } from "./ErrorBox.tsx";

interface State {
  error: unknown;
}

interface Props {
  children: ReactNode;
  resetKey?: string;
  /** Before the part is drawn again: what it was drawn from may be what it failed at. */
  onAgain: () => void;
}

export class Boundary extends Component<Props, State> {
  override state: State = { error: undefined };

  static getDerivedStateFromError(error: unknown): State {
    return { error: error ?? new Error("unknown") };
  }

  override componentDidUpdate(before: { resetKey?: string }): void {
    if (before.resetKey !== this.props.resetKey && this.state.error !== undefined) {
      this.setState({ error: undefined });
    }
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    const own =
      error instanceof Problem
        ? error
        : new Problem(0, {
            code: "own_fault",
            detail: error instanceof Error ? error.message : String(error),
          });
    const again = (): void => {
      this.props.onAgain();
      this.setState({ error: undefined });
    };
    return <ErrorBox error={own} onAgain={again} />;
  }
}
