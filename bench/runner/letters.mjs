/** What is sent in every echo: the alphabet, over and over. */
export const letters = (length) => Buffer.alloc(length, "abcdefghijklmnopqrstuvwxyz");
