import { useEffect, useMemo } from 'react';

import { useTaskList } from '../../tasks/queries';
import type { Part } from './items';
import type { Section } from './views';

export interface Parts {
  parts: Part[];
  /** Nothing was read yet. */
  loading: boolean;
  /** What is shown was asked for otherwise; the answer is on its way. */
  changing: boolean;
  problem: Error | null;
  retry: () => void;
  /** Reads on, where there is more. */
  readOn: () => void;
}

/** Reads the sections of a view. */
export function useParts(sections: Section[]): Parts {
  // A view has one section or two, and hooks are counted.
  const first = useSection(sections[0] ?? null);
  const second = useSection(sections[1] ?? null);
  const two = sections.length > 1;
  const read = two ? [first, second] : [first];
  const parts = useMemo(
    () => (two ? [first.part, second.part] : [first.part]),
    [two, first.part, second.part],
  );
  return {
    parts,
    loading: read.some((section) => section.list.isPending),
    changing: read.some((section) => section.list.isPlaceholderData),
    problem:
      read.find((section) => section.list.data === undefined && section.list.error)?.list.error ?? null,
    retry: () => read.forEach((section) => void section.list.refetch()),
    readOn: () => {
      const next = read.find((section) => section.part.preview === null && section.part.hasMore);
      if (next && !next.list.isFetching && !next.list.isError)
        void next.list.fetchNextPage({ cancelRefetch: false });
    },
  };
}

/** A next page that could not be read, though it was tried a few times, is asked for again after this. */
const AGAIN_MS = 5_000;

function useSection(section: Section | null) {
  const list = useTaskList(section?.query ?? null);
  const { fetchNextPage, errorUpdatedAt } = list;
  // What was refused for good would be so again.
  const isBroken = list.isFetchNextPageError && list.error.isTransient;
  useEffect(() => {
    if (!isBroken) return undefined;
    const timer = setTimeout(() => void fetchNextPage({ cancelRefetch: false }), AGAIN_MS);
    return () => clearTimeout(timer);
  }, [isBroken, errorUpdatedAt, fetchNextPage]);
  const pages = list.data?.pages;
  const hasMore = list.hasNextPage;
  const preview = section?.preview ?? null;
  const part = useMemo<Part>(
    () => ({
      rows: pages?.flatMap((page) => page.rows) ?? [],
      total: pages?.[0]?.total ?? null,
      totalIsExact: pages?.[0]?.totalIsExact ?? true,
      hasMore,
      preview,
    }),
    [pages, hasMore, preview],
  );
  return { list, part };
}
