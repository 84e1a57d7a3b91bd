"""Echo of frames behind a 4-byte length by Twisted's Int32StringReceiver; what a turn of its reactor writes goes out in one."""

from twisted import __version__
from twisted.internet import reactor
from twisted.internet.protocol import Factory
from twisted.protocols.basic import Int32StringReceiver


class Echo(Int32StringReceiver):
    MAX_LENGTH = 1 << 24

    def connectionMade(self):
        self.transport.setTcpNoDelay(True)

    def stringReceived(self, message):
        self.sendString(message)


port = reactor.listenTCP(0, Factory.forProtocol(Echo), backlog=511, interface="127.0.0.1")
print("listening", port.getHost().port, __version__)
reactor.run()
