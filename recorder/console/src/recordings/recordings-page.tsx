// The page Recordings: search.
import { PageHead } from "../pieces/page-head.tsx";

export default function RecordingsPage() {
  return <PageHead title="Recordings" />;
}
