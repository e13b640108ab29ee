import { put } from "../shell/address";
import { Changes } from "./Changes";
import type { Pair } from "./compare";
import { ExemplarStage } from "./ExemplarStage";
import type { Moment } from "./explanation";
import { keyOf } from "./moments";
import { Ranking } from "./Ranking";
import { Result } from "./Result";
import { beside, toggleWithout } from "./session";
import type { Side } from "./sides";

interface Props {
  sides: readonly [Side, ...Side[]];
  pairs: readonly Pair[];
  moment: Moment | undefined;
  /** Key of the chosen moment. */
  chosen: string;
  played: number | undefined;
  /** Whether the result is shown, not an exemplar. */
  result: boolean;
  without: readonly number[];
  choose: (key: string) => void;
}

/** The chosen moment: its rankings, and beside them what is played. */
export function Detail(props: Props) {
  const { sides, pairs, moment, chosen, played, result, choose } = props;
  const [one, other] = sides;
  // two rankings need the room until something is played
  const staged = result || !other || played !== undefined;
  const best = moment?.placed?.exemplar_id ?? moment?.candidates[0]?.exemplar_id;
  return (
    <div class={`why-detail ${result ? "why-detail-result" : staged ? "" : "why-detail-two"}`}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys */}
      <section class="why-rankings" aria-label="Moment" tabIndex={0}>
        {other && (
          <Changes pairs={pairs} names={[one.name, other.name]} chosen={chosen} choose={choose} />
        )}
        {sides.map((side, number) => (
          <SideRanking key={side.name} {...props} side={side} letter={"AB"[number] ?? ""} />
        ))}
      </section>
      {staged && (
        <div class="why-stage">
          {result ? (
            <Result choose={choose} />
          ) : (
            <ExemplarStage
              id={played ?? best}
              version={one.version}
              {...(other && { close: () => put("play", []) })}
            />
          )}
        </div>
      )}
    </div>
  );
}

function SideRanking(props: Props & { side: Side; letter: string }) {
  const { side, sides, letter, chosen, played, without } = props;
  const moment = side.explanation.moments.find((each) => keyOf(each) === chosen);
  const name = sides.length > 1 ? `${letter} ${side.name}` : undefined;
  if (!moment) return <p class="soft why-ranking">{name ?? "Nothing"}: nothing asks here.</p>;
  return (
    <Ranking
      {...(name && { name })}
      explanation={side.explanation}
      moment={moment}
      version={side.version}
      options={side.options}
      played={played}
      play={(id) => {
        put("play", [String(id)]);
        put("show", []);
      }}
      without={without}
      {...(beside.value ? {} : { leaveOut: toggleWithout })}
    />
  );
}
