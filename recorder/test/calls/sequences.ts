// The worked sequences of devlink3.md §10, records as printed there, one a line. Q3–Q7 go on from
// Q1, as their headings say.

const SEQUENCES = {
  /** Incoming DDI call to extension 2001, answered, caller clears */
  Q1: [
    // Rings.
    [
      `<Detail><Call>c0a80a01,31,,,,0,,,2001,,2001</Call>`,
      `<PartyA>c0a80a0100002329,1,19,1,2,0,1,0,0,2,2,5.7,,0,0,5550100,,,,,,02079460000,100</PartyA>`,
      `<Target_list>`,
      `<Target>c0a80a01000003f2,0,0,8,106,,2001,0,0,,,,902079460000,100</Target>`,
      `</Target_list></Detail>`,
    ].join(""),
    // 2001 answers (match on Identity, not on the target's end id).
    [
      `<Detail><Call>c0a80a01,31,,,,0,,,2001,,2001</Call>`,
      `<PartyA>c0a80a0100002329,1,2,1,0,0,1,0,0,2,2,5.7,,0,0,5550100,,,,,,02079460000,100</PartyA>`,
      `<PartyB>c0a80a01000003f3,0,2,1,0,0,0,0,0,8,106,,2001,0,0,,,,,,,902079460000,100</PartyB>`,
      `</Detail>`,
    ].join(""),
    // Caller hangs up: trunk end clears itself.
    `<CallLost>c0a80a01,c0a80a0100002329,1,16</CallLost>`,
    // PBX releases the phone; no end left, so the call is over.
    `<CallLost>c0a80a01,c0a80a01000003f3,0,16</CallLost>`,
  ],
  /** Outgoing external call from 2001 */
  Q2: [
    // Off hook, dial tone.
    [
      `<Detail><Call>c0a80a01,32,,,,0,,,,,</Call>`,
      `<PartyA>c0a80a01000003f4,1,7,1,3,0,0,0,0,8,106,,2001,0,0,,,,,,,2001,100</PartyA>`,
      `</Detail>`,
    ].join(""),
    // Dialled.
    [
      `<Detail><Call>c0a80a01,32,,,,0,,,,,</Call>`,
      `<PartyA>c0a80a01000003f4,1,8,1,0,0,0,0,0,8,106,,2001,0,0,,902079460001,,,,,2001,100</PartyA>`,
      `</Detail>`,
    ].join(""),
    // Trunk seized, far end alerting.
    [
      `<Detail><Call>c0a80a01,32,,,,0,,,,,</Call>`,
      `<PartyA>c0a80a01000003f4,1,19,1,2,0,0,0,0,8,106,,2001,0,0,,902079460001,,,,,2001,100</PartyA>`,
      `<PartyB>c0a80a010000232a,0,1,1,0,0,1,0,0,5,0,9f31@192.168.10.1,,0,0,,,,02079460001,,,2001,100</PartyB>`,
      `</Detail>`,
    ].join(""),
    // Answered.
    [
      `<Detail><Call>c0a80a01,32,,,,0,,,,,</Call>`,
      `<PartyA>c0a80a01000003f4,1,2,1,0,0,0,0,0,8,106,,2001,0,0,,902079460001,,,,,2001,100</PartyA>`,
      `<PartyB>c0a80a010000232a,0,2,1,0,0,1,0,0,5,0,9f31@192.168.10.1,,0,0,,,,02079460001,,,2001,100</PartyB>`,
      `</Detail>`,
    ].join(""),
  ],
  /** Hold and retrieve (continues Q1 before clearing) */
  Q3: [
    // 2001 presses Hold.
    [
      `<Detail><Call>c0a80a01,31,,,,0,,,2001,,2001</Call>`,
      `<PartyA>c0a80a0100002329,1,2,1,1,0,1,0,0,2,2,5.7,,0,0,5550100,,,,,,02079460000,100</PartyA>`,
      `<PartyB>c0a80a01000003f3,0,2,0,0,0,0,0,0,8,106,,2001,0,0,,,,,,,902079460000,100</PartyB>`,
      `</Detail>`,
    ].join(""),
    // 2001 retrieves.
    [
      `<Detail><Call>c0a80a01,31,,,,0,,,2001,,2001</Call>`,
      `<PartyA>c0a80a0100002329,1,2,1,0,0,1,0,0,2,2,5.7,,0,0,5550100,,,,,,02079460000,100</PartyA>`,
      `<PartyB>c0a80a01000003f3,0,2,1,0,0,0,0,0,8,106,,2001,0,0,,,,,,,902079460000,100</PartyB>`,
      `</Detail>`,
    ].join(""),
  ],
  /** Supervised transfer of Q1 from 2001 to 2002 */
  Q4: [
    // Call 31 on hold as in Q3; 2001 rings 2002 on a new call.
    [
      `<Detail><Call>c0a80a01,33,,,,0,,,2002,,2002</Call>`,
      `<PartyA>c0a80a01000003f5,1,19,1,2,0,0,0,0,8,106,,2001,0,0,,2002,,,,,2001,100</PartyA>`,
      `<Target_list>`,
      `<Target>c0a80a01000003f6,0,0,8,106,,2002,101,0,,,,2001,100</Target>`,
      `</Target_list></Detail>`,
    ].join(""),
    // 2002 answers.
    [
      `<Detail><Call>c0a80a01,33,,,,0,,,2002,,2002</Call>`,
      `<PartyA>c0a80a01000003f5,1,2,1,0,0,0,0,0,8,106,,2001,0,0,,2002,,,,,2001,100</PartyA>`,
      `<PartyB>c0a80a01000003f7,0,2,1,0,0,0,0,0,8,106,,2002,101,0,,,,,,,2001,100</PartyB>`,
      `</Detail>`,
    ].join(""),
    // 2001 completes: its end in call 31 goes.
    `<CallLost>c0a80a01,c0a80a01000003f3,1,126</CallLost>`,
    // And its end in call 33.
    `<CallLost>c0a80a01,c0a80a01000003f5,1,126</CallLost>`,
    // Call 31 now joins the trunk to 2002; end 1015 has moved from call 33, which is left empty and
    // is over.
    [
      `<Detail><Call>c0a80a01,31,,,,0,,,2001,,2002</Call>`,
      `<PartyA>c0a80a0100002329,1,2,1,0,0,1,0,0,2,2,5.7,,0,0,5550100,,,,,,02079460000,100</PartyA>`,
      `<PartyB>c0a80a01000003f7,0,2,1,0,0,0,0,0,8,106,,2002,0,0,,,,,,,902079460000,100,5,"Extn2002",c0a80a01000003f3</PartyB>`,
      `</Detail>`,
    ].join(""),
  ],
  /** Blind transfer of Q1 from 2001 to 2002 */
  Q5: [
    // 2001 leaves.
    `<CallLost>c0a80a01,c0a80a01000003f3,1,126</CallLost>`,
    // The trunk party is still in call 31, now with ringback and a target.
    [
      `<Detail><Call>c0a80a01,31,,,,0,,,2001,,2002</Call>`,
      `<PartyA>c0a80a0100002329,1,19,1,2,0,1,0,0,2,2,5.7,,0,0,5550100,,,,,,02079460000,100</PartyA>`,
      `<Target_list>`,
      `<Target>c0a80a01000003f8,0,0,8,106,,2002,0,0,,,,902079460000,100</Target>`,
      `</Target_list></Detail>`,
    ].join(""),
    // 2002 answers.
    [
      `<Detail><Call>c0a80a01,31,,,,0,,,2001,,2002</Call>`,
      `<PartyA>c0a80a0100002329,1,2,1,0,0,1,0,0,2,2,5.7,,0,0,5550100,,,,,,02079460000,100</PartyA>`,
      `<PartyB>c0a80a01000003f9,0,2,1,0,0,0,0,0,8,106,,2002,0,0,,,,,,,902079460000,100</PartyB>`,
      `</Detail>`,
    ].join(""),
  ],
  /** Three-party conference (trunk, 2001, 2002) */
  Q6: [
    // Trunk leg.
    [
      `<Detail><Call>c0a80a01,31,,,,0,,,,,</Call>`,
      `<PartyA>c0a80a0100002329,1,2,1,0,0,1,0,0,2,2,5.7,,0,0,5550100,,,,,,02079460000,100</PartyA>`,
      `<PartyB>c0a80a0100000406,0,2,1,0,0,0,0,0,17,0,Conf 100,,116,0,,,,,,,,100</PartyB>`,
      `</Detail>`,
    ].join(""),
    // 2001 leg.
    [
      `<Detail><Call>c0a80a01,34,,,,0,,,,,</Call>`,
      `<PartyA>c0a80a01000003f5,1,2,1,0,0,0,0,0,8,106,,2001,0,0,,,,,,,2001,100</PartyA>`,
      `<PartyB>c0a80a0100000407,0,2,1,0,0,0,0,0,17,0,Conf 100,,116,0,,,,,,,,100</PartyB>`,
      `</Detail>`,
    ].join(""),
    // 2002 leg.
    [
      `<Detail><Call>c0a80a01,35,,,,0,,,,,</Call>`,
      `<PartyA>c0a80a01000003f7,1,2,1,0,0,0,0,0,8,106,,2002,0,0,,,,,,,2002,100</PartyA>`,
      `<PartyB>c0a80a0100000408,0,2,1,0,0,0,0,0,17,0,Conf 100,,116,0,,,,,,,,100</PartyB>`,
      `</Detail>`,
    ].join(""),
    // Old end replaced by a conference end (127 is the Delta2 conference-move cause).
    `<CallLost>c0a80a01,c0a80a01000003f3,0,127</CallLost>`,
  ],
  /** Park in slot 620 and unpark at 2002 */
  Q7: [
    // 2001 parks: its end goes.
    `<CallLost>c0a80a01,c0a80a01000003f3,0,117</CallLost>`,
    // Parked; caller hears music.
    [
      `<Detail><Call>c0a80a01,31,,,,0,,,2001,,</Call>`,
      `<PartyA>c0a80a0100002329,1,2,1,1,0,1,0,0,2,2,5.7,,0,0,5550100,,,,,,02079460000,100</PartyA>`,
      `<PartyB>c0a80a0100000410,0,2,1,0,0,0,0,0,16,0,620,,134,0,,,,,,,,100</PartyB>`,
      `</Detail>`,
    ].join(""),
    // 2002 unparks.
    [
      `<Detail><Call>c0a80a01,31,,,,0,,,2001,,2002</Call>`,
      `<PartyA>c0a80a0100002329,1,2,1,0,0,1,0,0,2,2,5.7,,0,0,5550100,,,,,,02079460000,100</PartyA>`,
      `<PartyB>c0a80a0100000411,1,2,1,0,0,0,0,0,8,106,,2002,135,0,,,,,,,2002,100</PartyB>`,
      `</Detail>`,
    ].join(""),
    // Slot end released.
    `<CallLost>c0a80a01,c0a80a0100000410,0,118</CallLost>`,
  ],
  /** Hunt group 300: ring, reject, queue, announcement, answer */
  Q8: [
    // Two members ring.
    [
      `<Detail><Call>c0a80a01,36,,,,0,,300,,300,</Call>`,
      `<PartyA>c0a80a010000232b,1,19,1,2,0,1,0,0,2,2,5.7,,0,0,5550100,,,,,,02079460000,100</PartyA>`,
      `<Target_list>`,
      `<Target>c0a80a010000041a,0,0,8,106,,2001,0,4,,,300,902079460000,100</Target>`,
      `<Target>c0a80a010000041b,0,0,8,106,,2002,0,4,,,300,902079460000,100</Target>`,
      `</Target_list></Detail>`,
    ].join(""),
    // 2002 presses Drop.
    `<AttemptReject>c0a80a01,c0a80a010000041b,2002,drop</AttemptReject>`,
    // Only 2001 still rings.
    [
      `<Detail><Call>c0a80a01,36,,,,0,,300,,300,</Call>`,
      `<PartyA>c0a80a010000232b,1,19,1,2,0,1,0,0,2,2,5.7,,0,0,5550100,,,,,,02079460000,100</PartyA>`,
      `<Target_list>`,
      `<Target>c0a80a010000041a,0,0,8,106,,2001,0,4,,,300,902079460000,100</Target>`,
      `</Target_list></Detail>`,
    ].join(""),
    // Nobody free: queued (field 14 = 1, owner group set), no targets, music.
    [
      `<Detail><Call>c0a80a01,36,,,,0,300,300,,300,,,,1,864000</Call>`,
      `<PartyA>c0a80a010000232b,1,2,1,1,0,1,0,0,2,2,5.7,,0,0,5550100,,,,,,02079460000,100</PartyA>`,
      `</Detail>`,
    ].join(""),
    // Announcement playing (field 14 = 3).
    [
      `<Detail><Call>c0a80a01,36,,,,0,300,300,,300,,,,3,864050</Call>`,
      `<PartyA>c0a80a010000232b,1,2,1,0,0,1,0,0,2,2,5.7,,0,0,5550100,,,,,,02079460000,100</PartyA>`,
      `</Detail>`,
    ].join(""),
    // Answered by 2001.
    [
      `<Detail><Call>c0a80a01,36,,,,0,300,300,,300,,,,,864100</Call>`,
      `<PartyA>c0a80a010000232b,1,2,1,0,0,1,0,0,2,2,5.7,,0,0,5550100,,,,,,02079460000,100</PartyA>`,
      `<PartyB>c0a80a010000041c,0,2,1,0,0,0,0,0,8,106,,2001,0,4,,,,,,300,902079460000,100</PartyB>`,
      `</Detail>`,
    ].join(""),
  ],
  /** No answer, voicemail takes the call */
  Q9: [
    // Voicemail answers for 2001.
    [
      `<Detail><Call>c0a80a01,37,,,,0,,,2001,,</Call>`,
      `<PartyA>c0a80a010000232c,1,2,1,0,0,1,0,0,2,2,5.7,,0,0,5550100,,,,,,02079460000,100</PartyA>`,
      `<PartyB>c0a80a0100000424,0,2,1,0,0,0,0,0,12,0,,2001,102,0,,,,,,,02079460000,100</PartyB>`,
      `</Detail>`,
    ].join(""),
    // Message being left (field 12 = 1).
    [
      `<Detail><Call>c0a80a01,37,,,,0,,,2001,,,1,0,,865000</Call>`,
      `<PartyA>c0a80a010000232c,1,2,1,0,0,1,0,0,2,2,5.7,,0,0,5550100,,,,,,02079460000,100</PartyA>`,
      `<PartyB>c0a80a0100000424,0,2,1,0,0,0,0,0,12,0,,2001,102,0,,,,,,,02079460000,100</PartyB>`,
      `</Detail>`,
    ].join(""),
    // Caller clears; 12 s message (field 13).
    [
      `<Detail><Call>c0a80a01,37,,,,0,,,2001,,,0,12,,865120</Call>`,
      `<PartyA>c0a80a010000232c,1,3,1,0,0,1,0,0,2,2,5.7,,0,0,5550100,,,,,,02079460000,100</PartyA>`,
      `<PartyB>c0a80a0100000424,0,3,1,0,0,0,0,0,12,0,,2001,102,0,,,,,,,02079460000,100</PartyB>`,
      `</Detail>`,
    ].join(""),
  ],
  /** SCN: trunk on node c0a80a01, phone 3001 on node c0a81401 */
  Q10: [
    // Event from 192.168.10.1: local trunk, remote phone.
    [
      `<Detail><Call>c0a80a01,38,,,,0,,,,,3001</Call>`,
      `<PartyA>c0a80a010000232d,1,2,1,0,0,1,0,0,2,2,5.7,,0,0,5550100,,,,,,02079460000,100</PartyA>`,
      `<PartyB>c0a81401000003e9,0,2,1,0,1,0,0,0,4,0,17.3,3001,0,0,,,,,,,02079460000,100</PartyB>`,
      `</Detail>`,
    ].join(""),
    // Event from 192.168.20.1: same two ends, other CallID, flags mirrored.
    [
      `<Detail><Call>c0a81401,12,,,,0,,,,,3001</Call>`,
      `<PartyA>c0a80a010000232d,1,2,1,0,1,1,0,0,4,0,18.3,,0,0,5550100,,,,,,02079460000,100</PartyA>`,
      `<PartyB>c0a81401000003e9,0,2,1,0,0,0,0,0,8,106,,3001,0,0,,,,,,,02079460000,100</PartyB>`,
      `</Detail>`,
    ].join(""),
    // 3001 hangs up: CallLost from the extremity.
    `<CallLost>c0a81401,c0a81401000003e9,1,16</CallLost>`,
    // A transit node would say the same with LinkLost.
    `<LinkLost>c0a81e01,c0a81401000003e9,0,16,866000,17.3</LinkLost>`,
  ],
  /** Recording leg of Q1 (project extension and its mock only) */
  Q11: [
    // The leg appears as a call of its own: handler (19) to SIP trunk (5); field 26 names the
    // recorded end.
    [
      `<Detail><Call>c0a80a01,39,,,,0,,,,,</Call>`,
      `<PartyA>c0a80a010000042e,1,1,1,0,0,0,0,0,19,0,,,0,0,,,,,,,,100,,,c0a80a01000003f3</PartyA>`,
      `<PartyB>c0a80a010000232e,0,1,1,0,0,0,0,0,5,0,77aa@192.168.10.1,,0,0,,,,r7Qk2,,,,100</PartyB>`,
      `</Detail>`,
    ].join(""),
    // Recorder answered.
    [
      `<Detail><Call>c0a80a01,39,,,,0,,,,,</Call>`,
      `<PartyA>c0a80a010000042e,1,2,1,0,0,0,0,0,19,0,,,0,0,,,,,,,,100,,,c0a80a01000003f3</PartyA>`,
      `<PartyB>c0a80a010000232e,0,2,1,0,0,0,0,0,5,0,77aa@192.168.10.1,,0,0,,,,r7Qk2,,,,100</PartyB>`,
      `</Detail>`,
    ].join(""),
    // Recording stopped.
    `<CallLost>c0a80a01,c0a80a010000232e,0,16</CallLost>`,
    `<CallLost>c0a80a01,c0a80a010000042e,0,16</CallLost>`,
  ],
} as const satisfies Record<string, readonly string[]>;

export type SequenceName = keyof typeof SEQUENCES;

export function texts(name: SequenceName): readonly string[] {
  return SEQUENCES[name];
}
