// Ports that pass everything on and tell what went over them: the evidence capture of live runs.
import type {
  Address,
  Clock,
  Tcp,
  TcpStream,
  TcpStreamDelegate,
  Udp,
} from "@tapeline/recorder/ports";
import type { CapturedPacket } from "@tapeline/reports";

type Capture = (packet: CapturedPacket) => void;

export function capturingUdp(udp: Udp, clock: Clock, capture: Capture): Udp {
  return {
    async bind(options, delegate) {
      let local: Address = options.local;
      const tell = (from: Address, to: Address, data: Uint8Array): void =>
        capture({ wallTimeMs: clock.wallTimeMs(), protocol: "udp", from, to, data });
      const socket = await udp.bind(options, {
        onDatagram: (data, source) => {
          tell(source, local, data);
          delegate.onDatagram(data, source);
        },
        onError: (error) => delegate.onError(error),
      });
      local = socket.local;
      return {
        local,
        send: (data, target) => {
          tell(local, target, data.slice());
          socket.send(data, target);
        },
        receiveBufferBytes: () => socket.receiveBufferBytes(),
        kernelDropCount: () => socket.kernelDropCount(),
        whenDrained: (callback) => socket.whenDrained(callback),
        close: () => socket.close(),
      };
    },
  };
}

export function capturingTcp(tcp: Tcp, clock: Clock, capture: Capture): Tcp {
  const wrapStream = (stream: TcpStream): TcpStream => ({
    local: stream.local,
    remote: stream.remote,
    secure: stream.secure,
    ...(stream.certificate === undefined ? {} : { certificate: stream.certificate }),
    write: (data) => {
      tell(stream.local, stream.remote, data.slice());
      stream.write(data);
    },
    queuedBytes: () => stream.queuedBytes(),
    close: () => stream.close(),
    destroy: () => stream.destroy(),
  });
  const tell = (from: Address, to: Address, data: Uint8Array): void =>
    capture({ wallTimeMs: clock.wallTimeMs(), protocol: "tcp", from, to, data });
  const wrapDelegate = (
    delegate: TcpStreamDelegate,
    ends: () => { readonly local: Address; readonly remote: Address } | null,
  ): TcpStreamDelegate => ({
    onData: (data) => {
      const pair = ends();
      if (pair !== null) tell(pair.remote, pair.local, data.slice());
      delegate.onData(data);
    },
    onClose: (error) => delegate.onClose(error),
  });
  return {
    checkTls: (tls) => tcp.checkTls(tls),
    async connect(options, delegate) {
      let stream: TcpStream | null = null;
      stream = await tcp.connect(
        options,
        wrapDelegate(delegate, () => stream),
      );
      return wrapStream(stream);
    },
    listen: (options, onStream) =>
      tcp.listen(options, (stream) => wrapDelegate(onStream(wrapStream(stream)), () => stream)),
  };
}
