/** The two roles of a dilation. The side with the higher name leads: it begins handshakes and chooses the connection. */
export type DilationRole = "leader" | "follower";
