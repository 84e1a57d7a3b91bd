import { byteServices } from "./byte-services.ts";
import { calculatorService } from "./calculator-service.ts";
import type { Service } from "./service.ts";

/** What `parley serve` can serve. */
export const services: readonly Service[] = [...byteServices, calculatorService];
