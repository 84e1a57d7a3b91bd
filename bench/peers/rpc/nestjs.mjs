// A NestJS microservice on its TCP transport, as its "Microservices" page has it; decorators are applied by hand, for this is JavaScript.
import "reflect-metadata";
import { runRole } from "../roles.mjs";

const options = (port) => ({ host: "127.0.0.1", port });

async function server() {
  const { Controller, Module } = await import("@nestjs/common");
  const { NestFactory } = await import("@nestjs/core");
  const { MessagePattern, Payload, Transport } = await import("@nestjs/microservices");
  const { report } = await import("../../servers/report.mjs");

  class Calculator {
    add({ a, b }) {
      return a + b;
    }
  }
  Payload()(Calculator.prototype, "add", 0);
  MessagePattern("add")(
    Calculator.prototype,
    "add",
    Object.getOwnPropertyDescriptor(Calculator.prototype, "add"),
  );
  Controller()(Calculator);

  class Application {}
  Module({ controllers: [Calculator] })(Application);

  const service = await NestFactory.createMicroservice(Application, {
    transport: Transport.TCP,
    options: options(0),
    logger: false,
  });
  await service.listen();
  const { port } = service.unwrap().address();
  report(port, { uses: ["@nestjs/core", "@nestjs/microservices"] });
}

async function client(port) {
  const { ClientProxyFactory, Transport } = await import("@nestjs/microservices");
  const { firstValueFrom } = await import("rxjs");
  const proxy = ClientProxyFactory.create({ transport: Transport.TCP, options: options(port) });
  await proxy.connect();
  return (a, b) => firstValueFrom(proxy.send("add", { a, b }));
}

await runRole({ server, client });
