// Echo of frames behind a 4-byte length: a goroutine a connection, buffered both ways, as Go's net and bufio are used; what
// is written is flushed before a read that could wait.
package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"log"
	"net"
	"runtime"
)

const maxFrameBytes = 1 << 24

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening", listener.Addr().(*net.TCPAddr).Port, runtime.Version())
	for {
		conn, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go serve(conn)
	}
}

func serve(conn net.Conn) {
	defer conn.Close()
	reader := bufio.NewReader(conn)
	writer := bufio.NewWriter(conn)
	var header [4]byte
	var frame []byte
	for {
		if reader.Buffered() == 0 && writer.Flush() != nil {
			return
		}
		if _, err := io.ReadFull(reader, header[:]); err != nil {
			return
		}
		size := binary.BigEndian.Uint32(header[:])
		if size > maxFrameBytes {
			return
		}
		if int(size) > cap(frame) {
			frame = make([]byte, size)
		}
		frame = frame[:size]
		if _, err := io.ReadFull(reader, frame); err != nil {
			return
		}
		writer.Write(header[:])
		writer.Write(frame)
	}
}
