/**
 * Has this process answer who runs it, one question after the other. It ends with whoever asks.
 * @param answers a function for each question, which is its name, or an array of that and one argument.
 */
export function answerQuestions(answers) {
  process.on("message", (question) => {
    const [name, argument] = [question].flat();
    void Promise.resolve(answers[name](argument)).then((answer) => process.send(answer));
  });
  // Whoever asks is gone.
  process.on("disconnect", () => process.exit());
  process.on("SIGTERM", () => process.exit());
}
