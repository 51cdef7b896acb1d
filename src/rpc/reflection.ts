import { status } from '@grpc/grpc-js';
import type {
  ServerReflectionRequest,
  ServerReflectionResponse,
  ServerReflectionService,
} from '@tenure/client/gen/grpc/reflection/v1/reflection';
import type { ServerReflectionService as ServerReflectionServiceV1Alpha } from '@tenure/client/gen/grpc/reflection/v1alpha/reflection';
import type { DescribedFile } from './descriptor_set.gen.js';
import { bidi, type HandlersFor } from './handlers.js';

type Answer = NonNullable<ServerReflectionResponse['messageResponse']>;
type Question = NonNullable<ServerReflectionRequest['messageRequest']>;

/** Answers questions about the contract; the wire is the same in v1 and v1alpha. */
export class Reflection {
  readonly #byName: ReadonlyMap<string, DescribedFile>;
  readonly #bySymbol: ReadonlyMap<string, DescribedFile>;
  /** What is served, which may be less than what is described. */
  readonly #services: () => readonly string[];

  constructor(files: readonly DescribedFile[], services: () => readonly string[]) {
    this.#byName = new Map(files.map((file) => [file.name, file]));
    this.#bySymbol = new Map(files.flatMap((file) => file.symbols.map((symbol) => [symbol, file])));
    this.#services = services;
  }

  answer(question: Question): Answer {
    switch (question.$case) {
      case 'listServices':
        return { $case: 'listServicesResponse', value: { service: this.#services().map((name) => ({ name })) } };
      case 'fileByFilename':
        return this.#fileAnswer(this.#byName.get(question.value), question.value);
      case 'fileContainingSymbol':
        return this.#fileAnswer(this.#bySymbol.get(question.value), question.value);
      case 'fileContainingExtension':
        return notFound(`extension ${question.value.extensionNumber} of ${question.value.containingType}`);
      case 'allExtensionNumbersOfType':
        if (!this.#bySymbol.has(question.value)) return notFound(question.value);
        // The contract has no extensions.
        return {
          $case: 'allExtensionNumbersResponse',
          value: { baseTypeName: question.value, extensionNumber: [] },
        };
    }
  }

  #fileAnswer(file: DescribedFile | undefined, asked: string): Answer {
    if (file === undefined) return notFound(asked);
    // A Set hands out also what is added on the way: imports of imports.
    const names = new Set([file.name]);
    const fileDescriptorProto: Buffer[] = [];
    for (const name of names) {
      const found = this.#byName.get(name);
      if (found === undefined) continue;
      fileDescriptorProto.push(Buffer.from(found.base64, 'base64'));
      for (const imported of found.imports) names.add(imported);
    }
    return { $case: 'fileDescriptorResponse', value: { fileDescriptorProto } };
  }
}

/** grpc.reflection.v1 */
export function reflectionHandlers(reflection: Reflection): HandlersFor<ServerReflectionService> {
  return { serverReflectionInfo: bidi(answerAll(reflection), { role: 'viewer' }) };
}

/** grpc.reflection.v1alpha, which most tools still speak. */
export function reflectionV1AlphaHandlers(reflection: Reflection): HandlersFor<ServerReflectionServiceV1Alpha> {
  return { serverReflectionInfo: bidi(answerAll(reflection), { role: 'viewer' }) };
}

function answerAll(reflection: Reflection): HandlersFor<ServerReflectionService>['serverReflectionInfo']['run'] {
  return async (incoming, _context, out) => {
    await incoming.eachMessage((request) => {
      const question = request.messageRequest;
      const messageResponse: Answer =
        question === undefined
          ? errorAnswer(status.INVALID_ARGUMENT, 'the request asks nothing')
          : reflection.answer(question);
      const room = out.write({ validHost: request.host, originalRequest: request, messageResponse });
      return room ? undefined : out.drained();
    });
  };
}

function notFound(asked: string): Answer {
  return errorAnswer(status.NOT_FOUND, `not found: ${asked}`);
}

function errorAnswer(errorCode: status, errorMessage: string): Answer {
  return { $case: 'errorResponse', value: { errorCode, errorMessage } };
}
