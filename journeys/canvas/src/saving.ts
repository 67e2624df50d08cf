// Saves the draft a moment after the last change, one request at a time; the server answers with its problems.
import { useCallback, useEffect, useRef, useState } from "react";
import { Refused, call } from "./api";
import type { Graph, Problem } from "./types";

const PAUSE = 600;
const RETRY = 5000;

export type Saved = "saved" | "changed" | "saving" | "failed" | "conflict";

interface Answer {
  revision: number;
  problems: Problem[];
}

export interface Saver {
  state: Saved;
  message: string;
  problems: Problem[];
  revision: number;
  /** Resolves to the revision once everything is saved; rejects when it can't be. */
  flush: () => Promise<number>;
  /** After a conflict: write this draft over the other one. */
  overwrite: () => void;
}

export function useSaver(graph: Graph, start: { revision: number; problems: Problem[] }, enabled: boolean): Saver {
  const [state, setState] = useState<Saved>("saved");
  const [message, setMessage] = useState("");
  const [problems, setProblems] = useState(start.problems);
  const revision = useRef(start.revision);
  const stored = useRef(graph);
  const latest = useRef(graph);
  const running = useRef<Promise<void> | null>(null);
  const blocked = useRef(false);
  latest.current = graph;

  const save = useCallback((): Promise<void> => {
    if (running.current) return running.current;
    const write = async () => {
      try {
        while (stored.current !== latest.current) {
          const sent = latest.current;
          setState("saving");
          const answer = await call<Answer>("PUT", "draft", { graph: sent, revision: revision.current });
          revision.current = answer.revision;
          stored.current = sent;
          setProblems(answer.problems);
        }
        setState("saved");
        setMessage("");
      } catch (error) {
        const refused = error as Refused;
        blocked.current = refused.status === 409;
        if (blocked.current) revision.current = Number(refused.body.revision ?? revision.current);
        setState(blocked.current ? "conflict" : "failed");
        setMessage(refused.message);
        throw error;
      }
    };
    // Cleared by `finally` of the promise and not inside `write`, which ends at once when there is nothing to write.
    running.current = write().finally(() => {
      running.current = null;
    });
    return running.current;
  }, []);

  useEffect(() => {
    if (!enabled || blocked.current) return undefined;
    if (graph === stored.current) {
      // Undone before it was written.
      setState((now) => (now === "changed" ? "saved" : now));
      return undefined;
    }
    setState((now) => (now === "saving" ? now : "changed"));
    const timer = setTimeout(() => void save().catch(() => undefined), PAUSE);
    return () => clearTimeout(timer);
  }, [graph, enabled, save]);

  useEffect(() => {
    if (state !== "failed") return undefined;
    const timer = setInterval(() => void save().catch(() => undefined), RETRY);
    return () => clearInterval(timer);
  }, [state, save]);

  useEffect(() => {
    const warn = (event: BeforeUnloadEvent) => {
      if (enabled && stored.current !== latest.current) event.preventDefault();
    };
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, [enabled]);

  const flush = useCallback(async () => {
    await save();
    return revision.current;
  }, [save]);

  const overwrite = useCallback(() => {
    blocked.current = false;
    void save().catch(() => undefined);
  }, [save]);

  return { state, message, problems, revision: revision.current, flush, overwrite };
}
