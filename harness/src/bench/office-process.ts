// Entry of the bench's office process: a BenchOffice on real ports, asked by the parent.
import { realPorts } from "../live/real-ports.ts";
import { answerParent } from "./bench-child.ts";
import { BenchOffice, type OfficeRequest } from "./bench-office.ts";

const office = new BenchOffice(realPorts());

answerParent((request) => office.answer(request as OfficeRequest));
