// Keeps a fault of ours inside the part of the screen where it happened.
import { Component, type ReactNode } from "react";
import { Problem } from "../api/problems.ts";
import { ErrorBox } from "./ErrorBox.tsx";

interface State {
  error: unknown;
}

export class Boundary extends Component<{ children: ReactNode; resetKey?: string }, State> {
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
    return <ErrorBox error={own} onAgain={() => this.setState({ error: undefined })} />;
  }
}
