#!/usr/bin/env escript
%% Echo of frames behind a 4-byte length: a process a connection, {packet, 4}, and {active, once} as in gen_tcp's examples.
%% "fast" takes a hundred messages at a time and lets the driver gather what is sent ({active, N}, delay_send: inet's setopts).
-mode(compile).

main([Mode]) ->
    Options = case Mode of
        "once" -> [{active, false}];
        "fast" -> [{active, false}, {delay_send, true}]
    end,
    {ok, Listener} = gen_tcp:listen(0, [binary, {packet, 4}, {packet_size, 16#1000000}, {ip, {127, 0, 0, 1}},
                                        {backlog, 511}, {nodelay, true} | Options]),
    {ok, Port} = inet:port(Listener),
    io:format("listening ~b ~s~n", [Port, erlang:system_info(otp_release)]),
    Active = case Mode of "once" -> once; "fast" -> 100 end,
    spawn_link(fun() -> accept(Listener, Active) end),
    receive never -> ok end.

accept(Listener, Active) ->
    {ok, Socket} = gen_tcp:accept(Listener),
    spawn(fun() -> accept(Listener, Active) end),
    ok = inet:setopts(Socket, [{active, Active}]),
    serve(Socket, Active).

serve(Socket, Active) ->
    receive
        {tcp, Socket, Message} ->
            case gen_tcp:send(Socket, Message) of
                ok when Active =:= once -> activate(Socket, Active);
                ok -> serve(Socket, Active);
                {error, _} -> gen_tcp:close(Socket)
            end;
        {tcp_passive, Socket} -> activate(Socket, Active);
        {tcp_closed, Socket} -> ok;
        {tcp_error, Socket, _} -> gen_tcp:close(Socket)
    end.

activate(Socket, Active) ->
    case inet:setopts(Socket, [{active, Active}]) of
        ok -> serve(Socket, Active);
        {error, _} -> gen_tcp:close(Socket)
    end.
